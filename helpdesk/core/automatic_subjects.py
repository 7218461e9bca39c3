"""How the subjects of automatic mail begin, in many languages.

Data only: regular expressions, read without regard to case.
"""

# What Exchange, Outlook, Gmail, Notes and their kin put before the subject that they answer.
SURE_SUBJECTS = (
    r"auto(?:matic|mated|-| )? ?(?:reply|response|antwort|svar|matisk svar)"
    r"|out of (?:the )?office(?: auto-?reply| reply| notification| message)?"
    r"|autosvar|automatisk svar|automatiskt svar"
    r"|(?:automatische )?abwesenheits(?:notiz|meldung|nachricht|assistent)"
    r"|automatische (?:antwort|abwesenheitsnotiz|r[eé]ponse)|autom\. antwort"
    r"|r[ée]ponse automatique|absence du bureau|absent\(?e?\)? du bureau|message d['’]absence"
    r"|respuesta autom[áa]tica|fuera de (?:la )?oficina|resposta autom[àáa]tica"
    r"|fora d[oe] escrit[óo]rio|aus[êe]ncia tempor[áa]ria"
    r"|risposta automatica|fuori (?:sede|ufficio)|assente dall['’]ufficio"
    r"|automatisch antwoord|automatische beantwoording|afwezigheids(?:bericht|assistent|melding)"
    r"|frånvaro(?:assistent|meddelande)|frav[æa]rs(?:assistent|melding)"
    r"|automaattinen vastaus|poissaoloviesti|poissa toimistosta"
    r"|odpowied[źz] automatyczna|automatyczna odpowied[źz]|autoodpowied[źz]|poza biurem"
    r"|automatick[áa] odpov[ěe][ďd]|automatick[áa] odpove[ďd]|mimo kancel[áa][řr]"
    r"|automatikus v[áa]lasz|h[áa]zon k[íi]v[üu]l|r[ăa]spuns automat"
    r"|[îi]n afara biroului|absent din birou"
    r"|otomatik yan[ıi]t|ofis d[ıi][şs][ıi]nda"
    r"|автоматический ответ|автоответ|нет на работе|вне офиса|автоматична відповідь"
    r"|αυτ[όο]ματη απ[άα]ντηση|εκτ[όο]ς γραφε[ίι]ου"
    r"|自動応答|自動返信|不在通知|不在応答|自动答复|自动回复|自動回覆|外出时的自动答复"
    r"|자동 회신|부재중"
    r"|رد تلقائي|תשובה אוטומטית|מענה אוטומטי"
)
# Words that people use, too: they count together with another sign.
VAGUE_SUBJECTS = (
    r"vacation|on (?:vacation|holiday|leave)|away from (?:my |the )?(?:office|desk|mail|email)"
    r"|i am (?:currently )?(?:away|out of (?:the )?office)|auto|ooo|holiday|annual leave"
    r"|maternity leave|parental leave|urlaub|im urlaub|abwesend|abwesenheit|nicht im b[üu]ro"
    r"|en cong[ée]s?|absent\(?e?\)?|absence|vacaciones|de vacaciones|ausente|f[ée]rias|em f[ée]rias"
    r"|ausência|in ferie|ferie|assenza|assente|vakantie|afwezig(?:heid)?|niet aanwezig"
    r"|semester|på semester|frånvaro|frånvarande|ej på kontoret|ikke til stede|frav[æe]r"
    r"|fraværende|loma(?:lla)?|poissa|urlop|na urlopie|nieobecno[śs][ćc]|dovolen[áa]"
    r"|nep[řr][íi]tomnost"
    r"|szabads[áa]g|concediu|izinde|tatilde|в отпуске|отпуск|відпустка|άδεια"
    r"|不在|休暇|休假|不在办公室|휴가|חופשה"
)
UNTIL = (
    r"until|till|back|returning|bis|wieder|zur[üu]ck|retour|jusqu|hasta|regreso|at[ée]|regresso|fino|rientro"
    r"|tot|terug|till|til|do|powr[óo]t|zp[ěe]t|до"
)
# What a ticket system or a spam filter says of a mail that it got. People write such words, too, in
# answers behind "Re:".
RECEIPT_SUBJECTS = (
    r"(?:your )?(?:(?:support )?(?:ticket|request|case|enquiry|inquiry|message|e-?mail))"
    r"(?: [#(\[]?[\w-]{1,30}[)\]]?)?(?: has been| was| is)? (?:received|opened|created"
    r"|registered|logged)"
    r"|we(?:['’]ve| have)? received your"
    r"|thank you for (?:contacting|your (?:message|e-?mail|request))"
    r"|(?:please )?(?:confirm|verify) your (?:message|e-?mail)|confirm(?:ation)? required"
    r"|(?:eingangs|empfangs)best[äa]tigung"
    r"|(?:wir haben )?ihre anfrage (?:ist|wurde|erhalten|[#\[(])"
    r"|accus[ée] de r[ée]ception|nous avons (?:bien )?re[çc]u|hemos recibido|acuse de recibo"
    r"|recebemos (?:a|o|sua|seu)|confirma[çc][ãa]o de rece[bp]|conferma di ricezione"
    r"|abbiamo ricevuto"
    r"|ontvangstbevestiging|we hebben uw|mottagningsbekr[äa]ftelse|kvittering for modtagelse"
    r"|potwierdzenie (?:otrzymania|przyj[ęe]cia)"
    r"|potvrzen[íi] (?:o )?(?:p[řr]ijet[íi]|doru[čc]en[íi])"
    r"|подтверждение получения|ваш(?:е обращение| запрос) (?:принят|зарегистрирован)"
    r"|受付完了|受領確認"
)
