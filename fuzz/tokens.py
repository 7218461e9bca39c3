"""Words of the MIME family, from which mutation makes new mails."""

TOKENS = (
    *(b"\r\n", b"\n\n", b"--", b"=?", b"?=", b"=?utf-8?B?", b"=?utf-8?q?", b"=0D=0A", b"\x00"),
    *(b"--=b", b"--=b--", b"boundary=", b'boundary="=b"', b"charset=", b"name="),
    *(b"filename*=", b"filename*0*=utf-8''", b"Content-Type: ", b"Content-Transfer-Encoding: "),
    *(b"multipart/mixed", b"multipart/alternative", b"multipart/report", b"message/rfc822"),
    *(b"message/delivery-status", b"message/partial", b"message/external-body", b"text/html"),
    *(b"text/plain", b"text/calendar", b"application/ms-tnef", b"application/zip", b"base64"),
    *(b"quoted-printable", b"x-uuencode", b"7bit", b"8bit", b"binary", b"format=flowed"),
    *(b"delsp=yes", b"Content-Disposition: ", b"attachment", b"inline", b"Content-ID: <a@b>"),
    *(b"cid:a@b", b"From: ", b"Subject: ", b"Date: ", b"Auto-Submitted: auto-replied"),
    *(b"Precedence: bulk", b"Final-Recipient: rfc822;", b"5.1.1", b"Action: failed"),
    *(b"Status: ", b"<html>", b"<div class=gmail_quote>", b"</div>", b"<pre>"),
    *(b"<blockquote type=cite>", b"<table>", b"<!--", b"&nbsp;", b"&#xfdd0;", b"&#0;"),
    *(b"&#xd800;", b"> ", b">> ", b"-- \n", b"-----Original Message-----", b" wrote:", b"On "),
    *(b"Von: ", b"BEGIN:VCALENDAR", b"begin 644 a\n", b"=ybegin ", b"\xef\xb7\x90"),
    *(b"\xe2\x80\xae", b"\xed\xa0\x80"),
)  # fmt: skip
CHARSETS = (
    *(b"utf-8", b"us-ascii", b"iso-8859-1", b"windows-1252", b"utf-16", b"utf-16le", b"utf-32"),
    *(b"utf-7", b"iso-2022-jp", b"iso-2022-kr", b"iso-2022-cn", b"hz", b"gb18030", b"big5"),
    *(b"cp037", b"shift_jis", b"euc-kr", b"koi8-r", b"idna", b"punycode", b"unicode_escape"),
    *(b"undefined", b"base64", b"rot13", b"zlib", b"x-unknown", b"\xff", b"a" * 100),
)  # fmt: skip
ENCODINGS = (
    *(b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable", b"x-uuencode", b"x", b""),
)  # fmt: skip
TYPES = (
    *(b"text/plain", b"text/html", b"multipart/mixed", b"multipart/alternative"),
    *(b"multipart/related", b"multipart/report", b"multipart/signed", b"multipart/digest"),
    *(b"message/rfc822", b"message/delivery-status", b"message/partial"),
    *(b"message/external-body", b"text/calendar", b"message/feedback-report"),
    *(b"application/octet-stream", b"application/ms-tnef", b"text", b"/", b"application/zip"),
    *(b"application/pkcs7-mime", b"application/pgp-encrypted", b"text/x-unknown"),
)  # fmt: skip
