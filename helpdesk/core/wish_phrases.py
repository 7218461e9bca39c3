"""What customers write who are content, and who want their ticket closed.

Data only: regular expressions for whole parts of a sentence in lower case, without punctuation and
apostrophes. White space in them means nothing, an underscore is a space; empty lines stand between
alternatives. A word in braces is one of PARTS.
"""

PARTS = {
    "ticket": r"""
        support_)?(?:ticket|case|issue|request|incident|inquiry|enquiry|query|topic
    """,
    "this": r"""
        this|the|my|our|that
    """,
    "now": r"""
        now|then|please|also|therefore|already|again|just|safely|for_me|for_now|thanks
    """,
    "soft": r"""
        so|ok|okay|yes|and|then|now|also|please|pls|kindly|therefore|hence|just|simply
    """,
    "gut": r"""
        bitte|jetzt|nun|dann|also|auch|daher|damit|somit|deshalb|gern|gerne|wieder|bereits|
        schon|inzwischen|mittlerweile|soweit|einfach|von_mir_aus|von_unserer_seite|meinerseits|
        und|ja|okay|ok|für_mich|aus_meiner_sicht|entsprechend
    """,
    "vorgang": r"""
        ticket|supportticket|support_ticket|case|fall|vorgang|anliegen|thema|anfrage|sache|
        angelegenheit|problem|störung|meldung
    """,
    "das": r"""
        das|dieses|dies|mein|unser|dieser|der|den|diesen|die|diese|meine|unsere|meinen
    """,
    "es": r"""
        es|das|dies|alles
    """,
    "very": r"""
        so|very|much|really|a_lot|lots|a_million|a_bunch|a_ton|again|all|everyone|everybody|
        team|guys|folks|indeed|sir|madam|kindly|truly|once_more|sincerely
    """,
    "kind": r"""
        quick|fast|great|prompt|kind|excellent|swift|speedy|super|very|timely|rapid|amazing|
        fantastic|wonderful|good|nice|detailed|helpful|valuable|continued|awesome|patient|so
    """,
    "help": r"""
        help|support|response|responses|reply|replies|answer|answers|assistance|fix|info|
        information|update|updates|service|time|effort|efforts|work|feedback|patience|
        clarification|explanation|explanations|solution|turnaround|followup|follow_up|advice|
        heads_up|attention|cooperation|everything|that|this|it|resolution|confirmation|hint|tip|
        link|file|files|instructions|guidance|hard_work|all|understanding
    """,
    "doing": r"""
        letting_me_know|letting_us_know|getting_back_to_(?:me|us)|the_follow_up|(?:looking|
        checking)_into_(?:this|it|that|the_matter)|(?:helping|assisting)_(?:me|us)(?:_out)?|
        (?:fixing|solving|resolving|sorting|handling|clarifying|explaining|confirming)_(?:this|
        it|that|everything|my_issue|the_issue|my_problem|the_problem)(?:_out)?(?:_for_(?:me|us)
        )?|sorting_(?:this|it|that)_out|taking_care_of_(?:this|it|that)|all_you_do|being_so_
        helpful
    """,
    "fix": r"""
        working|resolved|fixed|solved|fine|good|ok|okay|clear|perfect|sorted|sorted_out|up_and_
        running|back_to_normal|all_right|alright|great
    """,
    "well": r"""
        now|fine|perfectly|great|well|nicely|properly|smoothly|again|for_me|for_us|like_a_charm|as_
        expected|as_it_should|here|on_my_(?:side|end)|perfect|correctly|flawlessly|just|all
    """,
    "geht": r"""
        funktioniert|klappt|läuft|geht|passt|ist_gelöst|ist_behoben|ist_in_ordnung|ist_gut|ist_
        klar|ist_erledigt|hat_geklappt|hat_funktioniert|hat_geholfen|war_es|wars|hat_mir_
        geholfen|hat_uns_geholfen|hat_gepasst|stimmt
    """,
    "toll": r"""
        jetzt|nun|wieder|alles|einwandfrei|super|prima|perfekt|wunderbar|bestens|gut|sehr|auch|
        tadellos|schon|endlich|problemlos|soweit|bei_mir|bei_uns|reibungslos|so
    """,
    "hilfe": r"""
        hilfe|unterstützung|antwort|rückmeldung|info|infos|information|informationen|lösung|
        mühe|erklärung|bemühungen|bearbeitung|auskunft|support|update|service|geduld|nachricht|
        zeit|tipp|hinweis|mail|email|e_mail|reaktion|behebung|arbeit|alles|link|einsatz|
        aufklärung
    """,
    "schnell": r"""
        schnelle|schnellen|rasche|raschen|prompte|prompten|tolle|tollen|super|gute|guten|sehr|
        umgehende|umgehenden|nette|freundliche|freundlichen|ausführliche|kompetente|flotte|
        hilfreiche|klasse|zügige|blitzschnelle|großartige
    """,
}

# The ticket can be closed.
CLOSE = r"""
(?:{soft}_)*(?:i_think_|i_guess_|i_believe_)?(?:(?:you|u|we)_(?:can|may|could)_(?:{soft}_)*
(?:go_ahead_and_)?|please_(?:{soft}_)*(?:go_ahead_and_)?|pls_|kindly_|feel_free_to_|lets_|
(?:id|i_would|wed|we_would)_like_to_|(?:id|i_would)_like_you_to_|(?:i|we)_want_to_|(?:i_am|
im|were|we_are)?_?(?:happy|good|ok|okay|fine|ready)_to_)close(?:_(?:down_)?(?:{this}_)?
{ticket}|_this(?:_one)?(?:_out)?|_it(?:_out)?|_that_one)?(?:_(?:{now}|out|down|as_
(?:resolved|solved|fixed|done|completed)))*

(?:{soft}_)*close_(?:{this}_)?{ticket}(?:_{now})*

close(?:_it|_this)?_(?:please|pls)

(?:{soft}_)*(?:i_think_|i_guess_|i_believe_)?(?:{this}_{ticket}|this_one|this|ticket|case|
issue)_(?:can|may)_(?:{now}_)*be_(?:{now}_)*(?:marked_as_)?closed(?:_{now})*

(?:{soft}_)*can_(?:{now}_)*be_closed(?:_{now})*

(?:please_)?(?:consider|mark)_(?:(?:{this}_)?{ticket}|this|it)_(?:as_)?closed(?:_{now})*

(?:ticket|case)_closed

(?:{this}_{ticket}|this|it|{ticket}|help|support)_(?:is_)?no_longer_(?:needed|necessary|
required)

(?:{this}_)?{ticket}_(?:is_)?(?:now_)?ready_to_be_closed

(?:{gut}_)*(?:(?:{das}_)?{vorgang}|das|dies|dieses)_(?:{gut}_)*(?:kann|darf)_(?:{gut}_)*
(?:als_erledigt_|als_gelöst_)?(?:{gut}_)*(?:geschlossen|abgeschlossen|zugemacht)_werden

(?:{gut}_)*(?:kann|darf)_(?:{gut}_)*(?:(?:{das}_)?{vorgang}_)?(?:{gut}_)*(?:geschlossen|
abgeschlossen|zugemacht)_werden

(?:{gut}_)*(?:(?:sie|wir|ihr|du)_(?:können|könnt|kannst|dürfen|dürft|darfst)|(?:können|
könnt|kannst|dürfen)_(?:sie|wir|ihr|du))_(?:{gut}_)*(?:{das}_)?(?:{vorgang}_)?(?:{gut}_)*
(?:schließen|abschließen|zumachen)

(?:{gut}_)*bitte_(?:{gut}_)*(?:{das}_)?(?:{vorgang}_)?(?:{gut}_)*(?:schließen|abschließen|
zumachen)

(?:{gut}_)*(?:{das}_)?{vorgang}_(?:{gut}_)*(?:schließen|abschließen|zumachen)

(?:{gut}_)*(?:bitte_)?(?:schließen|schließt|schließ|schließe)_(?:sie_)?(?:{gut}_)*{das}_
{vorgang}(?:_{gut})*

(?:{gut}_)*(?:es_|das_|dies_|alles_|(?:{das}_)?{vorgang}_)?hat_sich_(?:{gut}_)*(?:(?:{das}_
)?{vorgang}_)?(?:{gut}_)*erledigt

(?:{gut}_)*(?:damit|somit)_hat_sich_(?:das|{das}_{vorgang})_(?:{gut}_)*erledigt

(?:{das}_)?{vorgang}_(?:ist_)?(?:{gut}_)*(?:nicht_mehr_(?:nötig|notwendig|erforderlich)|
hinfällig)
"""

# Thanks.
THANKS = r"""
(?:{soft}_|great_|perfect_|super_|many_|much_|big_|huge_|a_lot_of_|a_big_|well_)*(?:thanks|
thank_you|thank_u|thankyou|thx|thnx|tnx|tks|ty|cheers|kudos)(?:_{very})*(?:_for_(?:(?:the|
your|all|all_the|all_your|this|that|such_a|such)_)*(?:{kind}_(?:and_)?)*(?:{help}|{doing})
(?:_(?:and|&)_(?:(?:the|your|for)_)*(?:{kind}_)*(?:{help}|{doing}))?(?:_{very})*)?(?:_
(?:today|now|bob|all))?

(?:it_is_|its_|this_is_|that_is_)?(?:very_|much_|greatly_|really_|highly_)*appreciated

(?:i|we)_(?:very_much_|really_|truly_|greatly_|do_)*appreciate_(?:it|that|this|(?:your|the|
all_the|all_your)_(?:{kind}_)*{help})(?:_{very})*

(?:many|much)_thanks(?:_again)?

(?:{gut}_|prima_|super_|perfekt_|toll_)*(?:danke|dankeschön|danke_schön|danke_sehr|danke_
vielmals|besten_dank|vielen_dank|herzlichen_dank|tausend_dank|lieben_dank|schönen_dank|
merci|thx|thanks|1000_dank|vielen_vielen_dank|(?:ich|wir)_(?:danke|danken|bedanke_mich|
bedanken_uns)|(?:ich_)?danke_(?:dir|euch|ihnen)|vielen_lieben_dank)(?:_(?:sehr|herzlich|
vielmals|nochmals|nochmal|noch_einmal|dir|euch|ihnen|schon_mal|recht_herzlich|ganz_herzlich|
ganz|allen|an_alle|ans_team|dafür))*(?:_für_(?:(?:die|ihre|deine|eure|den|das|ihr|ihren|
deinen|diese|all_die|alles|dein)_)*(?:{schnell}_(?:und_)?)*(?:{hilfe})(?:_und_(?:(?:die|ihre|deine|
eure|den|das|ihr|ihren)_)?(?:{schnell}_(?:und_)?)*{hilfe})?)?(?:_und_(?:viele|schöne|beste|liebe)_grüße)?

(?:(?:un_grand_|grand_)?merci|merci_(?:beaucoup|bien|infiniment|encore|à_tous|à_vous|mille_
fois)|mille_mercis|je_vous_remercie|nous_vous_remercions)(?:_(?:pour|de)_(?:votre|ton|vos)_
(?:aide|réponse|retour|support|assistance|réactivité|réponse_rapide|aide_rapide))?

(?:muchas_|muchísimas_|mil_|ok_)?gracias(?:_(?:a_todos|de_nuevo))?(?:_por_(?:tu|su|la|
vuestra)_(?:ayuda|respuesta|atención|colaboración|rápida_respuesta))?

(?:tante_|mille_|molte_)?grazie(?:_(?:mille|tante|infinite|a_tutti|ancora))?(?:_per_(?:l|il|
la|il_vostro|la_vostra|il_tuo|la_tua)?_?(?:aiuto|risposta|supporto|assistenza))?

(?:muito_)?(?:obrigado|obrigada)(?:_(?:pela|pelo)_(?:ajuda|resposta|apoio|suporte|atenção))?

(?:hartelijk_|heel_erg_|heel_hartelijk_|erg_)?(?:bedankt|dank_je_wel|dank_u_wel|dank_je|
dank_u|dankjewel|dankuwel|dank)(?:_voor_(?:de|uw|je|jullie)_(?:snelle_|goede_)?(?:hulp|
reactie|antwoord|ondersteuning|service))?
"""

# It works.
WORKS = r"""
(?:{soft}_)*(?:it|this|that|everything|all|it_all|all_of_it)?(?:_is|_s|s)?_?(?:now_)?
(?:works|worked|working|is_working|did_work)(?:_{well})*

(?:{soft}_)*(?:it|this|that|everything|all|its|thats|(?:{this}_|the_)?(?:{ticket}|problem|
matter))(?:_is|_are|_seems|_looks|_has_been|_was)?(?:_now|_all)*_{fix}(?:_{well})*

(?:{soft}_)*(?:that|this|it|your_(?:fix|solution|answer|suggestion|reply|tip|hint))(?:_has|_
just)?(?:_really)?_(?:did_the_trick|(?:fixed|solved|resolved)_(?:it|the_problem|the_issue|
my_problem|my_issue|everything)|helped(?:_a_lot|_me|_us)*|was_it|did_it|worked(?:_{well})*)

(?:{soft}_)*now_(?:it|everything|all)_(?:works|is_{fix})(?:_{well})*

(?:{soft}_)*works(?:_{well})*

(?:{soft}_)*working(?:_{well})+

all_(?:good|set|fine|clear|sorted)(?:_{well})*

(?:were|we_are|im|i_am)_(?:all_)?(?:good|fine|set|happy)(?:_{well})*

(?:{soft}_)*(?:solved|resolved|fixed|sorted)(?:_{well})*

(?:{soft}_)*(?:i|we)_(?:have_|ve_)?(?:got|received|found)_(?:it|the_(?:key|license|file|
mail|email|link|update))(?:_{well})*

(?:{gut}_)*(?:{es}_|(?:{das}_)?{vorgang}_|jetzt_|nun_)?(?:{toll}_)*{geht}(?:_{toll})*

(?:{gut}_)*(?:es_|das_|jetzt_|nun_)*(?:{toll}_)*(?:funktioniert|klappt|läuft|geht|passt)
(?:_(?:es|das|alles))?(?:_{toll})*

(?:{gut}_)*(?:es_|das_|alles_)?(?:hat_)?(?:{toll}_)*(?:geklappt|funktioniert|geholfen)

(?:{gut}_)*(?:{das}_)?{vorgang}_(?:ist_)?(?:{toll}_)*(?:gelöst|behoben|erledigt)

alles_(?:gut|klar|bestens|ok|okay|in_ordnung|erledigt)

(?:ça|tout|cela)_(?:marche|fonctionne)(?:_(?:bien|maintenant|parfaitement))*

(?:ya_|ahora_|todo_)*funciona(?:_(?:bien|perfectamente|correctamente|todo))*

(?:ora_|adesso_|tutto_)*funziona(?:_(?:tutto|bene|perfettamente))*

(?:agora_)?(?:já_)?(?:está_a_funcionar|funciona|funcionou)(?:_(?:bem|perfeitamente))*

(?:het_|alles_)?(?:werkt|is_opgelost)(?:_(?:nu|weer|goed|prima|perfect))*
"""

# What may stand beside them, and says nothing alone.
FILLER = r"""
(?:hi|hello|hey|dear|good_(?:morning|afternoon|evening|day))(?:_(?:all|team|there|support|
support_team|everyone|sir|madam|sir_or_madam|guys|folks))*

(?:hallo|moin|servus|guten_(?:tag|morgen|abend)|liebes|sehr_geehrte_damen_und_herren|liebes_
team|grüß_gott|hallo_zusammen|liebes_supportteam|liebes_support_team|hallo_team)

(?:bonjour|buongiorno|hola|buenos_días|olá|bom_dia|goedemorgen|goedemiddag|beste|ciao)

(?:ok|okay|yes|yep|yeah|great|perfect|awesome|excellent|wonderful|brilliant|super|nice|cool|
fantastic|amazing|good|very_good|great_job|well_done|great_work|good_job|great_support|
great_service|understood|noted|got_it|sounds_good|please|sure|you_(?:guys_)?are_great|youre_the_best|you_are_the_
best|you_rock|lovely|very_nice|very_helpful|wow|hooray|alright|all_right|fine|that_is_great|
thats_great|great_news|no_problem|no_worries|no_further_questions|received|so|now|again)

(?:ja|gut|prima|toll|klasse|perfekt|super|wunderbar|bestens|alles_klar|sehr_gut|verstanden|
top|spitze|großartig|ausgezeichnet|in_ordnung|kein_problem|keine_weiteren_fragen|bitte|
super_service|toller_service|klasse_service|schön|sehr_schön|freut_mich|erledigt|
hervorragend|genial|cool|okay|ok|passt)

(?:parfait|super|génial|perfecto|genial|perfetto|ottimo|perfeito|ótimo|prima|top|geweldig|
ok)

(?:have_a_(?:nice|great|good|lovely|wonderful)_(?:day|weekend|week|evening|one|rest_of_the_
day|time|holiday)|you_too|same_to_you|take_care|enjoy_your_(?:day|weekend)|merry_christmas|
happy_holidays|all_the_best|happy_new_year)

(?:(?:einen?_)?(?:schönen?|schönes|guten?|angenehmen|tolles)_(?:tag|abend|wochenende|woche|
feierabend)(?:_noch)?|bis_bald|frohe_weihnachten|gleichfalls|ebenfalls)

bonne_(?:journée|soirée)|buen_día|buona_giornata|fijne_dag|saludos|un_saludo|saluti|
cordiali_saluti|distinti_saluti|abraços|cumprimentos|cordialement|groet|groeten|met_
vriendelijke_groet|bien_à_vous|atentamente
"""

# Above a name.
FAREWELL = r"""
(?:(?:best|kind|warm|kindest|many|warmest)_)?(?:regards|wishes|greetings)|best|sincerely|
yours(?:_sincerely|_truly|_faithfully)?|br|rgds|cheers

(?:mit_)?(?:freundlichen|besten|lieben|vielen|herzlichen|schönen)_grü(?:ß|ss)en|(?:(?:viele|
liebe|beste|schöne|freundliche|herzliche)_)?grü(?:ß|ss)e|(?:schönen_|lieben_)?gru(?:ß|ss)|
mfg|lg|vg|bg
"""
