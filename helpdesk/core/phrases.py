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

# Closing words above a name (regex); each may stand alone in its line.
CLOSINGS = (
    r"(?:with |my |many |our )?(?:best|kind|kindest|warm|warmest|warmly|fond)(?: |"
    r", )?(?:personal )?(?:regards?|wishes)|"
    r"(?:with )?regards|best|all the best|rgds|brgds|br|b\.? ?r\.?|ta|"
    r"(?:many |much |kind |big |warm )?thanks(?: (?:a lot|again|so much|a million|in advance|"
    r"very much|"
    r"for (?:your|the) \w{1,12}(?: \w{1,12}){0,3}|(?:and|&) .{1,30}))?|thanks,? .{0,3}regards|"
    r"thank you(?: (?:very much|so much|again|kindly|in advance|for (?:your|"
    r"the) \w{1,12}(?: \w{1,12}){0,3}|"
    r"(?:and|&) .{1,30}))?|thx|tnx|tks|cheers|ciao|later|"
    r"sincerely(?: yours)?|yours(?: (?:sincerely|truly|faithfully))?|"
    r"(?:very )?respectfully(?: yours)?|"
    r"(?:very |most )?cordially|take care|talk (?:to you )?soon|love|hugs|xoxo|"
    r"(?:looking forward|i look forward) to .{1,60}|have a (?:great|nice|good|lovely|"
    r"wonderful) .{1,20}|"
    # German
    r"(?:mit )?(?:freundlichen?|besten?|lieben?|herzlichen?|schönen?|schöne|viele[nr]?|sonnigen?|"
    r"kollegialen|vielen lieben|ganz liebe) (?:gr(?:ü|ue)(?:ß|ss)en?|gr(?:u|ü|ue)(?:ß|ss)|"
    r"dank)(?: (?:aus|und|nach|von) .{1,30})?|"
    r"gr(?:u|ü|ue)(?:ß|ss)e?|(?:lg|vg|mfg|bg|hg)|dank(?:e|eschön)(?: (?:und .{1,30}|im voraus|"
    r"schön|dir|ihnen|nochmals|vielmals))?|"
    r"(?:vielen|besten|herzlichen|lieben) dank(?: .{1,40})?|hochachtungsvoll|"
    # French
    r"(?:bien )?cordialement(?: vôtre)?|bien à (?:vous|toi)|(?:meilleures |"
    r"sincères )?salutations(?: distinguées)?|"
    r"merci(?: (?:d['’]avance|beaucoup|bien|par avance|et .{1,30}))?|sincèrement|amicalement|"
    r"bonne (?:journée|soirée|réception)|cdt|"
    # Spanish, Portuguese, Italian
    r"(?:un |muchos |atentos )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|atentamente|"
    r"(?:muchas |mil )?gracias(?: .{1,20})?|"
    r"(?:um )?(?:grande )?abra[çz]os?|(?:muito )?obrigad[oa]|atenciosamente|att|(?:melhores |"
    r"com os melhores )?cumprimentos|"
    r"(?:cordiali|distinti) saluti|cordialmente|grazie(?: .{1,20})?|(?:tanti |un )?salut[io]|"
    # Dutch, Nordic
    r"(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|(?:groet|groeten|groetjes)|mvg|"
    r"(?:alvast )?bedankt|"
    r"(?:med )?(?:vänlig|vänliga|vennlig|venlig|bästa|de bedste|bedste|beste) (?:hälsning|"
    r"hälsningar|hilsen|hilsner)|"
    r"mvh|kh|vh|dbh|hilsen|hälsningar|tack(?: .{1,20})?|takk|tak|(?:ystävällisin )?terveisin|"
    # Slavic languages, Hungarian, Turkish
    r"pozdrawiam|z poważaniem|dziękuję|s pozdravem|díky|děkuji|s pozdravom|ďakujem|lp|"
    r"lep pozdrav|srdačan pozdrav|"
    r"с уважением|спасибо|з повагою|дякую|üdvözlettel|köszönöm|saygılarımla|teşekkürler|"
    r"iyi çalışmalar|"
    # Asian languages
    r"此致|谢谢|謝謝|祝好|顺颂商祺|以上|よろしくお願い(?:いた|致)?します。?|"
    r"宜しくお願い(?:いた|致)?します。?|감사합니다"
)

# Lines that devices and apps add (regex).
DEVICES = (
    r"sent (?:from|via|with|using|by|on)(?: my| a| an| the)?(?: \w{1,20}){0,2} ?(?:i-?phone|"
    r"i-?pad|i-?pod|mobile|"
    r"android|samsung|galaxy|blackberry|phone|tablet|handheld|htc|huawei|xiaomi|pixel|nokia|"
    r"motorola|moto|"
    r"oneplus|lg|sony|xperia|nexus|windows|outlook|mail|gmail|yahoo|device|mobil).{0,100}|"
    r"sent (?:from|via|with|using|on) [^\s,]{1,40}(?: [^\s,]{1,40}){0,4}|get outlook.{1,60}|"
    r"(?:von|vom|mit|aus) .{1,60} (?:gesendet|verschickt|versendet|geschickt)|"
    r"(?:gesendet|verschickt|versendet) (?:von|vom|mit|aus|über|via) .{1,80}|"
    r"diese (?:nachricht|e-?mail) wurde (?:von|mit) .{1,80}|"
    r"envoyé (?:de|depuis|à partir) .{1,80}|envoyé d['’].{1,60}|télécharge[rz] outlook .{1,40}|"
    r"obtenir outlook .{1,40}|"
    r"enviado (?:desde|do|de|a partir|por|con|com) .{1,80}|obtener outlook .{1,40}|"
    r"enviada do .{1,60}|"
    r"inviato (?:da|dal|con) .{1,80}|verzonden (?:vanaf|met|via|vanuit) .{1,80}|"
    r"verstuurd (?:vanaf|met) .{1,80}|"
    r"skickat (?:från|med) .{1,80}|sendt (?:fra|med|via) .{1,80}|lähetetty .{1,60}|"
    r"wysłane (?:z|przez) .{1,80}|wysłano z .{1,80}|odesláno z.{1,80}|odoslané z.{1,80}|"
    r"poslano (?:z|s) .{1,60}|"
    r"отправлено (?:с|из) .{1,80}|надіслано з .{1,80}|trimis (?:de pe|din) .{1,60}|"
    r".{1,40}(?:telefonumdan|gönderildi)|"
    r"iphone(?:から送信|에서 보냄)|.{0,20}(?:から送信|에서 보냄)|"
    r"(?:从|從|發自|发自|来自)我的? ?.{1,30}|"
    r"downloaded? outlook .{1,40}|outlook (?:for|für|pour|per|para) (?:ios|android).{0,40}|"
    r"(?:yahoo|mail|gmx|web\.de|proton ?mail|spark|newton|mailbird|polymail).{0,30}(?:mobile|"
    r"android|app|iphone)"
)

# How disclaimers begin (regex).
DISCLAIMERS = (
    r"(?:this|the information (?:contained |transmitted )?in this|the contents? of this|"
    r"this electronic)"
    r" (?:e-?mail|message|communication|transmission|mail).{0,120}(?:confidential|privileged|"
    r"intended|contain)|"
    r"the information (?:contained|transmitted|in this).{0,120}(?:confidential|privileged|"
    r"intended)|"
    r"(?:confidentiality|privacy|legal) (?:notice|note|disclaimer)|confidential(?:ity)?\s?:|"
    r"disclaimer\W|"
    r"if you are not the (?:intended|named|original) .{0,40}(?:recipient|addressee)|"
    r"(?:diese|dieses) (?:e-?mail|nachricht|mail).{0,80}(?:vertraulich|enthält|bestimmt)|"
    r"(?:ce|cette) (?:message|courriel|mail|e-?mail|courrier).{0,80}(?:confidentiel|destiné)|"
    r"est(?:e|a) (?:correo|mensaje|mensagem|e-?mail).{0,80}(?:confidencial|contiene|contém|"
    r"dirig)|"
    r"(?:dit|deze) (?:bericht|e-?mail).{0,80}(?:vertrouwelijk|bestemd)|"
    r"(?:le informazioni|questo messaggio|questa e-?mail).{0,80}(?:riservat|confidenzial|"
    r"destinat)|"
    r"(?:please )?(?:consider|think of) the environment|think before you print|"
    r"please don'?t print|"
    r"notice: this e-?mail|virus-?free\W|"
    r"(?:virenfrei|diese e-?mail wurde von avast|this email has been (?:checked|scanned))"
)

# Lines that mailing lists and services add (regex).
FOOTERS = (
    r"to (?:unsubscribe|post (?:to|a message)|subscribe).{0,200}|unsubscribe\b.{0,200}|"
    r"you (?:received|are receiving|'re receiving) this .{0,200}|you can (?:reply|"
    r"unsubscribe).{0,200}|"
    r".{1,80} mailing list|reply to this email directly.{0,200}|view (?:it|"
    r"this) .{0,20}on github.{0,100}|"
    r"(?:manage|edit|update) (?:your )?(?:subscriptions?|notification|email).{0,80}|"
    r"--+ ?you (?:received|are).{0,120}|for more options,? visit.{0,120}"
)
