"""What mail clients and people write around quotes and signatures, in many languages.

Data only. All of it is matched without regard to case, against one line at a time. Alternatives
stand in one string, separated by `|`; where it says so they are regular expressions, in which no
repetition is without a limit.
"""

# How clients introduce a quote: the words before date and author (regex, empty if there are none),
# and the verb after which only the author's name and a colon may follow (regex).
INTRODUCTIONS: tuple[tuple[str, str], ...] = (
    (r"on|at|in (?:article|message)|quoting|from", r"wrote|writes|said|has written"),  # English
    (r"am|on", r"schrieb|schrieben|hat .{0,80}geschrieben|schreibt"),  # German
    (r"le|en date du|on", r"a [ée]crit|[ée]crivait|[ée]crit"),  # French
    (r"el|on", r"escribi[óo]|ha escrito"),  # Spanish
    (r"em|no dia|a|o", r"escreveu"),  # Portuguese
    (r"il(?: giorno)?|in data|nel|on", r"ha scritto|scrisse"),  # Italian
    (r"op|on", r"schreef|heeft .{0,80}geschreven|het volgende geschreven"),  # Dutch
    (r"den|på|vid|on", r"skrev|skreiv"),  # Swedish, Norwegian, Danish
    (r"w dniu|dnia|w|dn\.", r"napisał(?:\(a\)|a|/a)?|pisze"),  # Polish
    (r"dne|dňa|po|ut|st|št|čt|pá|pi|so|ne", r"nap[sí]s?al(?:\(a\)|a|/a)?|píše"),  # Czech, Slovak
    (r"dana|dne|je|u", r"napisao(?: je|\(la\)|/la)?|napisala|je napisal(?:\(a\)|/-a|a)?"),
    (r"la data de|în|pe|la", r"a scris"),  # Romanian
    (r"", r"ezt (?:írta|a levelet írta)|írta"),  # Hungarian
    (r"", r"kirjoitti"),  # Finnish
    (r"", r"kirjutas"),  # Estonian
    (r"", r"rašė|rakstīja"),  # Lithuanian, Latvian
    (r"", r"(?:şunu )?yazdı"),  # Turkish
    (r"στις", r"έγραψε"),  # Greek
    (
        r"",
        r"(?:на)?пис(?:ал|ала|ал\(а\)|ал/а|ав|ала|ав\(-ла\)|ав\(ла\))|пишет|пише",
    ),  # Russian, Ukrainian
    (r"на|в", r"написа"),  # Bulgarian
    (r"在|于|於", r"写道|寫道|写了"),  # Chinese
    (r"", r"のメール|が書きました|さんは書きました|に書きました"),  # Japanese
    (r"", r"님이 작성|작성"),  # Korean
    (r"vào", r"đã viết"),  # Vietnamese
    (r"pada", r"menulis"),  # Indonesian
    (r"ב(?:תאריך|יום)", r"כתב/ה|כתב"),  # Hebrew
    (r"في", r"كتب"),  # Arabic
)

# How an introduction ends that has no colon.
VERB_ENDINGS = (
    *("wrote", "writes", "schrieb", "geschrieben", "crit", "escribió", "escreveu", "scritto"),
    *("schreef", "geschreven", "skrev", "napisał", "napisała", "(a)", "napsal", "scris", "írta"),
    *("kirjoitti", "yazdı", "написал", "пишет", "пише", "写道", "寫道", "작성"),
)

# What stands in a line of dashes above a message that is quoted whole (regex).
ORIGINAL = (
    r"original (?:message|e-?mail|appointment)|repl(?:y|ied) message|message from .{1,100}|"
    r"(?:ursprüngliche|original|originale|antwort) ?-? ?(?:nachricht|e-?mail)|"
    r"original-?nachricht|"
    r"urspr(?:ue|.)ngliche nachricht|"
    r"message d['’]origine|message (?:original|initial)|courriel original|"
    r"mensaje original|mensagem original|messaggio (?:originale|originario)|"
    r"oorspronkelijk bericht|ursprungligt meddelande|original-?meddelande|"
    r"(?:original|oprindelig) (?:meddelelse|besked)|.{2,60} wrote|opprinnelig melding|"
    r"alkuperäinen viesti|"
    r"wiadomość oryginalna|oryginalna wiadomość|původní (?:zpráva|e-?mail)|pôvodná správa|"
    r"eredeti üzenet|mesaj(?:ul)? original|izvirno sporočilo|izvorna poruka|"
    r"(?:исходное|оригинальное|первоначальное) сообщение|оригінальне повідомлення|"
    r"(?:orijinal|özgün) (?:ileti|mesaj)|原始邮件|原始郵件|"
    r"原邮件|邮件原件|元のメッセージ|원본 메(?:시지|일)|"
    r"opphavleg melding|upprunaleg skilaboð|originalna poruka|изворна порука|оригинална пора?к[аи]|"
    r"оригинално съобщение|вихідне повідомлення|зыходнае паведамленне|αρχικό μήνυμα|"
    r"algne (?:kiri|sõnum)|sākotnējais ziņojums|pradinis (?:pranešimas|laiškas)|missatge original|"
    r"הודעה מקורית|الرسالة الأصلية|پیام اصلی|thư gốc|pesan asli|ข้อความต้นฉบับ"
)
FORWARDED = (
    r"forwarded (?:message from|by) .{1,200}|"  # English
    r"(?:begin )?forwarded (?:message|mail|e-?mail)|"
    r"weitergeleitete (?:nachricht|e-?mail)|anfang der weitergeleiteten (?:nachricht|e-?mail)|"
    r"weitergeleitet von .{1,200}|"
    r"(?:début du )?message (?:transféré|réexpédié|transmis)|courriel transféré|"  # French
    r"(?:inicio del )?mensaje reenviado|"  # Spanish
    r"(?:início da )?mensagem (?:reencaminhada|encaminhada)|"  # Portuguese
    r"(?:inizio )?messaggio inoltrato|"  # Italian
    r"(?:begin )?doorgestuurd (?:bericht|e-?mail)|"  # Dutch
    r"vidarebefordrat (?:meddelande|brev|mejl|e-?postmeddelande)|"  # Swedish
    r"(?:start på )?videresendt (?:melding|meddelelse|besked|e-?post|e-?mail)|"
    r""  # Norwegian, Danish
    r"(?:välitetty|edelleenlähetetty) viesti(?: alkaa)?|"  # Finnish
    r"(?:początek |treść )?(?:przekazanej|przekazywanej) wiadomości|"  # Polish
    r"(?:przekazana|przesłana) wiadomość|wiadomość przekazana(?: dalej)?|"
    r"(?:přeposlaná|přeposílaná) (?:zpráva|e-?mail)|začátek přeposílané zprávy|"  # Czech
    r"preposlaná správa|začiatok preposlanej správy|"  # Slovak
    r"továbbított (?:üzenet|levél)(?: kezdete)?|"  # Hungarian
    r"mesaj redirecționat|începe(?:utul)? mesajul(?:ui)? redirecționat|"  # Romanian
    r"(?:započni )?proslijeđen[au] poruk[au]|posredovano sporočilo|"  # Croatian, Slovene
    r"(?:пересылаемое|пересланное|перенаправленное) (?:сообщение|письмо)|"  # Russian
    r"начало (?:переадресованного|пересланного) сообщения|"
    r"(?:переслане|перенаправлене) повідомлення|початок листа, що пересилається|"  # Ukrainian
    r"препратено съобщение|"  # Bulgarian
    r"(?:yönlendirilen|yönlendirilmiş|iletilen|iletilmiş) (?:ileti|mesaj)|"  # Turkish
    r"ileti(?:lmiş ileti)? başlangıcı|"
    r"προωθημένο μήνυμα|"  # Greek
    r"转发的?(?:邮件|消息)|轉寄的?郵件|"  # Chinese
    r"転送された(?:メール|メッセージ)|転送メッセージ|メッセージを転送|"
    r"転送されたメッセージの開始|"  # Japanese
    r"전달된 메(?:시지|일)(?: 시작)?|"  # Korean
    r"转发(?:邮件信息|邮件|信息)|开始转发(?:的)?邮件|"  # Chinese
    r"開始轉寄(?:的)?郵件|轉寄(?:郵件|訊息)|轉發的?(?:郵件|訊息)|"
    r"(?:תחילת )?(?:ה?הודעה|ה?דוא\"ל) שהועבר[הת]?|"  # Hebrew
    r"(?:بداية |بدء )?(?:ال)?رسالة (?:ال)?مُ?عاد توجيهها|"  # Arabic
    r"(?:شروع )?پیام (?:هدایت|ارجاع|فوروارد) شده|"  # Persian
    r"vidaresend (?:melding|e-?post)|(?:áframsend|framsend) skilaboð|upphaf framsendra skilaboða|"
    r"(?:početak |započni )?(?:prosl(?:ij)?eđen[aue]|preusmeren[aue]) poruk[aeu]|"  # Serbian
    r"(?:почетак )?прослеђен[ае] порук[ае]|(?:почеток на )?препратена(?:та)? порака|"
    r"začetek posredovanega sporočila|začni posredovano sporočilo|posredovano pismo|"
    r"(?:начало на )?(?:препратено(?:то)?|препратен) (?:съобщение|имейл)|"
    r"початок (?:переадресованого|пересланого) (?:повідомлення|листа)|"
    r"(?:начало )?(?:переадресованн|пересланн|пересылаем|перенаправленн)ого (?:сообщения|письма)|"
    r"начало пересылаемого сообщения|переадресоване повідомлення|"
    r"(?:пачатак )?перасланае? (?:паведамленне|ліст)|пачатак перасланага ліста|"
    r"(?:έναρξη|αρχή) προωθημένου μηνύματος|προωθούμενο μήνυμα|"
    r"edasta?tud (?:kiri|sõnum|e-?kiri|kirja algus|sõnumi algus)|"
    r"pārsūtīt(?:s|ā|a) (?:ziņojums|ziņojuma sākums|vēstule|e-?pasts)|"
    r"persi(?:ųstas|unčiamas|unčiamo|ųsto) (?:laišk(?:as|o)|pranešim(?:as|o))(?: pradžia)?|"
    r"(?:inici del )?missatge (?:reenviat|reexpedit)|"  # Catalan
    r"(?:bắt đầu )?(?:thư|tin nhắn|email) (?:đã|được)? ?chuyển tiếp|"  # Vietnamese
    r"(?:mulai )?pesan (?:terusan|yang diteruskan|diteruskan)|(?:mesej|e-?mel) dimajukan|"
    r"(?:เริ่ม)?ข้อความที่(?:ถูก)?ส่งต่อ|अग्रेषित संदेश|"
    r"mensaje (?:reexpedido|retransmitido)|mensagem (?:repassada|redirecionada)|"
    r"doorgezonden bericht|videresendt mail|eteenpäin lähetetty viesti|"
    r"wiadomość (?:przesłana dalej|przekazana)|treść przekazanej wiadomości|"
    r"(?:courriel|mail|e-?mail) (?:transféré|transmis)"
)

# Labels of a header section quoted in the text (plain words). A word that two fields share in
# different languages stands with the one that comes first in such a section.
LABELS: dict[str, str] = {
    "from": (
        "from|von|de|da|van|från|fra|lähettäjä|od|feladó|kimden|gönderen|от|від|от кого|від кого|"
        "发件人|發件人|寄件者|寄件人|差出人|送信者|送信元|보낸 사람|보낸사람|"
        "expéditeur|remitente|mittente|"
        "avsändare|afsender|avsender|de la|expeditor|šalje|pošiljatelj|odosielateľ|odesílatel|"
        "nadawca|dari|من|מאת|από|sender|absender|yazan|kirjoittaja|szerző|"
        "saatja|nuo|frå|frá|ад|од|ад каго|از|فرستنده|từ|người gửi|จาก|ส่งจาก|प्रेषक|daripada|"
        "expedidor|remetente|emisor|отправитель|відправник|αποστολέας|発信者|发信人|發信人"
    ),
    "date": (
        "sent|date|sent at|date sent|gesendet|gesendet am|datum|envoyé|envoyé le|date d'envoi|"
        "fecha|"
        "enviado|enviado el|enviada|enviada em|enviado em|data|data de envio|inviato|inviato il|"
        "verzonden|verzonden op|skickat|skickad|sendt|dato|päivämäärä|päiväys|lähetetty|wysłano|"
        "wysłane|"
        "data wysłania|odesláno|odoslané|poslané|dátum|elküldve|küldve|tarih|gönderilme tarihi|"
        "gönderildi|gönderilen|дата|отправлено|надіслано|"
        "відправлено|发送时间|發送時間|寄件日期|日期|时间|時間|日付|"
        "日時|"
        "送信日時|보낸 날짜|날짜|trimis|dată|data trimiterii|dne|poslano|"
        "tanggal|تاريخ|تم الإرسال|תאריך|"
        "נשלח|"
        "ημερομηνία|στάλθηκε|message du|mensaje de|messaggio del|"
        "saadetud|kuupäev|datums|nosūtīts|išsiųsta|enviat|изпратено|испратено|poslato|послато|датум|"
        "датирано|адпраўлена|التاريخ|تاریخ|ارسال شده|đã gửi|ngày|ngày gửi|dikirim|ส่งแล้ว|วันที่|ส่งเมื่อ|"
        "दिनांक|dihantar|tarikh|dagsetning|发送日期|傳送日期|寄送日期|보낸 시간|"
        "data wysłania wiadomości|"
        "date de l'envoi|fecha de envío|data di invio|verzenddatum|sendt dato"
    ),
    "to": (
        "to|an|à|pour|para|a|aan|till|til|vastaanottaja|do|komu|"
        "címzett|kime|alıcı|кому|收件人|收件者|"
        "宛先|"
        "送信先|받는 사람|받는사람|către|za|prima|pre|kepada|إلى|אל|"
        "προς|destinataire|destinataires|"
        "destinatario|mottagare|prejemnik|empfänger|ke|ontvanger|modtager|"
        "saaja|kam|per a|до|за|каму|به|گیرنده|đến|người nhận|ถึง|प्रति|viðtakandi|"
        "收信人|수신자|수신인|수신"
    ),
    "cc": (
        "cc|kopie|kopia|kopi|kopio|копия|копія|抄送|副本|참조|másolatot kap|másolat|dw|bilgi|kópia|"
        "copie à|copie a|copia|copie|cópia|коп|κοιν|نسخة|עותק|ccn|bcc|skr|in copia|udw|"
        "másolatot kapnak|"
        "kp|afrit|kopija|копија|копие|koopia|a/c|رونوشت|สำเนา|κοιν.|đồng gửi|抄送人"
    ),
    "subject": (
        "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|"
        "predmet|"
        "tárgy|konu|тема|主题|主旨|主題|件名|제목|subiect|objet du message|"
        "موضوع|الموضوع|נושא|θέμα|perihal|"
        "sujet|subyek|naslov|zadeva|teema|otsikko|re|"
        "efni|temats|tēma|tema|тэма|предмет|наслов|относно|assumpte|chủ đề|tiêu đề|เรื่อง|विषय|"
        "subjek|"
        "subjekt|betreft|tajuk|標題|标题"
    ),
    "other": "reply-to|antwort an|répondre à|responder a|attachments|anlagen|pièces jointes|"
    "importance|priority|wichtigkeit|priorität|message-id|organization|newsgroups|x-mailer|"
    "adjuntos|datos adjuntos|allegati|bijlagen|bilagor|return-path|vastaus|sent by|categories",
}
