"""What mail clients and people write around quotes and signatures, in many languages.

Data only. All of it is matched without regard to case, against one line at a time. Alternatives
stand in one string, separated by `|`; where it says so they are regular expressions, in which no
repetition is without a limit.
"""

# What stands in a line of dashes above a message that is forwarded, or before a colon (regex).
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
