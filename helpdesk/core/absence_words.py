"""The words in which people say until when they are away, in the languages of our customers.

Every word is compared after `fold`, so accents and case do not matter here.
"""

import re
import unicodedata

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "’": "'", "´": "'", "`": "'"})


def fold(text: str) -> str:
    """Small letters without accents, and full-width digits as plain ones."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in parts if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept).translate(_LETTERS)


# January to December, each in the forms that stand beside a day.
_MONTHS = """
en: january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep
    october|oct november|nov december|dec
de: januar|janner februar|feber marz|maerz mai juni juli oktober|okt dezember|dez
fr: janvier|janv fevrier|fevr|fev mars avril|avr mai juin juillet|juil aout septembre octobre
    novembre decembre
es: enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre octubre
    noviembre diciembre|dic
pt: janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
it: gennaio febbraio marzo aprile maggio|mag giugno|giu luglio|lug agosto settembre ottobre|ott
    novembre dicembre
nl: januari februari maart|mrt april mei juni juli augustus september oktober november december
sv: januari februari mars april maj juni juli augusti september oktober november december
da: januar februar marts april maj juni juli august september oktober november december|des|desember
fi: tammikuuta|tammikuun|tammi helmikuuta|helmikuun maaliskuuta|maaliskuun huhtikuuta|huhtikuun
    toukokuuta|toukokuun kesakuuta|kesakuun heinakuuta|heinakuun elokuuta|elokuun
    syyskuuta|syyskuun lokakuuta|lokakuun marraskuuta|marraskuun joulukuuta|joulukuun
pl: stycznia|styczen lutego|luty marca|marzec kwietnia|kwiecien maja|maj czerwca|czerwiec
    lipca|lipiec sierpnia|sierpien wrzesnia|wrzesien pazdziernika|pazdziernik listopada grudnia
cs: ledna|leden unora|unor brezna|brezen dubna|duben kvetna|kveten cervna|cerven
    cervence|cervenec srpna|srpen zari|zari rijna|rijen listopadu|listopad prosince|prosinec
sk: januara februara marca aprila maja juna jula augusta septembra oktobra novembra decembra
hu: januar februar|febr marcius|marc aprilis majus junius julius augusztus szeptember|szept
    oktober november december
ro: ianuarie|ian februarie martie aprilie mai iunie iulie august septembrie octombrie
    noiembrie decembrie
tr: ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik
ru: января|янв февраля|фев марта|мар апреля|апр мая|май июня|июн июля|июл августа|авг
    сентября|сент|сен октября|окт ноября|ноя декабря|дек
uk: січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
el: ιανουαριου|ιαν φεβρουαριου|φεβ μαρτιου|μαρ απριλιου|απρ μαιου|μαι ιουνιου|ιουν ιουλιου|ιουλ
    αυγουστου|αυγ σεπτεμβριου|σεπ οκτωβριου|οκτ νοεμβριου|νοε δεκεμβριου|δεκ
"""
# Monday to Sunday.
_DAYS = """
en: monday|mon tuesday|tue|tues wednesday|wed thursday|thu|thurs friday|fri saturday|sat sunday|sun
de: montag dienstag mittwoch donnerstag freitag samstag|sonnabend sonntag
fr: lundi mardi mercredi jeudi vendredi samedi dimanche
es: lunes martes miercoles jueves viernes sabado domingo
pt: segunda-feira terca-feira quarta-feira quinta-feira sexta-feira sabado domingo
it: lunedi martedi mercoledi giovedi venerdi sabato domenica
nl: maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
sv: mandag|mandagen tisdag|tisdagen onsdag|onsdagen torsdag|torsdagen fredag|fredagen
    lordag|lordagen sondag|sondagen
da: mandag tirsdag onsdag torsdag fredag lordag sondag
fi: maanantaina|maanantaihin tiistaina|tiistaihin keskiviikkona|keskiviikkoon
    torstaina|torstaihin perjantaina|perjantaihin lauantaina|lauantaihin sunnuntaina|sunnuntaihin
pl: poniedzialek|poniedzialku wtorek|wtorku srode|srody czwartek|czwartku piatek|piatku
    sobote|soboty niedziele|niedzieli
cs: pondeli|pondelka utery|uterka stredu|stredy ctvrtek|ctvrtka patek|patku sobotu|soboty
    nedeli|nedele
sk: pondelok|pondelka utorok|utorka stredu stvrtok|stvrtka piatok|piatka sobotu nedelu
hu: hetfon|hetfoig kedden|keddig szerdan|szerdaig csutortokon|csutortokig penteken|pentekig
    szombaton|szombatig vasarnap|vasarnapig
ro: luni marti miercuri joi vineri sambata duminica
tr: pazartesi sali carsamba persembe cuma cumartesi pazar
ru: понедельник|понедельника вторник|вторника среду|среды четверг|четверга пятницу|пятницы
    субботу|субботы воскресенье|воскресенья
uk: понеділок|понеділка вівторок|вівторка середу|середи четвер|четверга пятницю|пятниці
    суботу|суботи неділю|неділі
el: δευτερα τριτη τεταρτη πεμπτη παρασκευη σαββατο κυριακη
ja: 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日
ko: 월요일 화요일 수요일 목요일 금요일 토요일 일요일
zh: 星期一|周一|週一 星期二|周二|週二 星期三|周三|週三 星期四|周四|週四 星期五|周五|週五
    星期六|周六|週六 星期日|周日|週日|星期天
"""

# Behind these, maybe some words later, stands the day of the return.
_RETURN_BEFORE = """
en: back|return|returning|returns|resume|resuming|available again|reachable again
    |in the office again|after
de: wieder|zuruck|zurueck|ruckkehr|rueckkehr|nach dem
fr: retour|reviens|reviendrai|reviendra|rentre|rentrerai|reprends|reprendrai|reprise|apres le
es: regreso|regresare|regresaré|vuelvo|volvere|vuelta|retorno|reincorporo|reincorporare
    |incorporare|despues del|tras el
pt: regresso|regressarei|retorno|retornarei|volto|voltarei|de volta|apos o
it: rientro|rientrero|ritorno|ritornero|tornero|dopo il
nl: terug|weer
sv: ater|tillbaka|efter den
da: tilbage|tilbake|igen|igjen
fi: palaan|takaisin|paluu|jalleen
pl: wracam|wroce|powroce|powrot|powrocie|ponownie|z powrotem
cs: zpet|vracim|vratim|navrat|opet|znovu
sk: spat|vratim|navrate|opat
ro: revin|reveni|intorc|intoarce|inapoi
hu: visszaterek|vissza|ujra|ismet
tr: donus tarihi|donus tarihim|donecegim tarih
ru: вернусь|возвращаюсь|возвращения|выйду|снова|вновь
uk: повернуся|повертаюся|повернення|знову
el: επιστρεφω|επιστρεψω|επιστροφη|επιστροφης|ξανα
zh: 返回日期|返岗时间|回来时间|返回时间
ja: 復帰日|出社日|出社予定日
"""
# Behind the day of the return stands one of these.
_RETURN_AFTER = """
en: back|return|available again|reachable again
de: wieder|zuruck|zurueck
fr: de retour|reviendrai|reprendrai
es: regresare|volvere|de vuelta|de regreso
pt: voltarei|regressarei|retornarei|de volta
it: rientrero|tornero|di ritorno|di nuovo
nl: weer|terug
sv: ater|tillbaka
da: tilbage|tilbake|igen|igjen
fi: takaisin|jalleen|alkaen tavoitettavissa
pl: wracam|wroce|z powrotem|ponownie
cs: zpet|opet|znovu
sk: spat|opat
ro: revin|inapoi
hu: visszaterek|vissza|ujra|ismet
tr: donecegim|donuyorum|doneceğim|dondugumde|gorevime|isimin basinda
ru: вернусь|снова|вновь|выйду
uk: повернуся|знову
el: επιστρεφω|επιστρεψω|ξανα
"""
# Right behind these, a word or two may stand between, stands the last day or that of the return.
_UNTIL_BEFORE = """
en: until|till|til|thru|through|before|up to
de: bis|bis zum|einschliesslich|einschl
fr: jusqu'au|jusqu'a|jusque|jusqu'au
es: hasta
pt: ate
it: fino|fino al|fino a|sino al|entro
nl: tot|tot en met|t/m
sv: till|till och med|tom|fram till
da: til|til og med|frem til|fram til|tom
pl: do
cs: do
sk: do
ro: pana|pana la|pana pe|pana in
ru: до|по
uk: до|по
el: μεχρι|εως|ως
ar: حتى
he: עד
"""
# The same in writings that have no spaces between words.
_UNTIL_RIGHT_BEFORE = """
zh: 至|到
"""
# Right behind the last day or that of the return stands one of these.
_UNTIL_AFTER = """
fi: asti|saakka|mennessa
hu: ig|napjaig|an ter|en ter
tr: kadar|dek
"""
_UNTIL_RIGHT_AFTER = """
ja: まで|迄|に戻|に復帰|より復帰|から復帰|に出社|より出社|から出社|より通常|から通常|より業務
    |から業務|以降に|より対応|から対応|に帰
zh: 为止|為止|返回|回来|回來|回到|返岗|返崗|上班|恢复|恢復|之后|之後|后回|後回|后再|後再|以后|以後
ko: 까지|에 복귀|부터 복귀|복귀|에 돌아|부터 정상|부터 업무|이후
"""
# Of a first and a last day in this sentence the last one is meant.
_ABSENCES = """
en: away out vacation holiday leave absent unavailable travel closed ooo pto not
de: urlaub abwesen nicht ferien elternzeit dienstreise unterwegs geschlossen betriebsferien krank
fr: absen conge vacances ferme deplacement indisponible
es: ausen vacacion fuera cerrad permiso
pt: ausen ferias fora encerrad licenca
it: assen ferie fuori chius
nl: afwezig vakantie verlof gesloten
sv: franvaro semester ledig tjanstledig borta stangt
da: ferie fravaer fravær borte vaek permisjon orlov lukket
fi: lomalla loma poissa
pl: urlop nieobecn poza
cs: dovolen nepritom mimo
sk: dovolenk nepritom mimo
hu: szabadsag tavol hazon
ro: concediu absen plecat
tr: izin tatil ofis
ru: отпуск отсутств командиров
uk: відпуст відсутн
el: αδεια απουσι εκτος
"""
_ABSENT = """
ja: 休 不在 出張
zh: 出差 外出
ko: 휴가 부재 출장
"""


def _languages(table: str) -> dict[str, str]:
    """What stands behind each language, its further lines joined."""
    found: dict[str, str] = {}
    last = ""
    for line in table.strip().splitlines():
        name, colon, words = line.partition(": ")
        last, words = (name, words) if colon and not line.startswith(" ") else (last, line)
        found[last] = f"{found.get(last, '')} {words.strip()}".strip()
    return found


def _numbers(table: str) -> dict[str, int]:
    return {
        fold(form): number
        for words in _languages(table).values()
        for number, forms in enumerate(words.split(), 1)
        for form in forms.split("|")
    }


def _any_of(table: str, separator: str = "|") -> str:
    """A pattern of all words, the longest first."""
    words = {
        fold(word.strip())
        for line in _languages(table).values()
        for word in line.split(separator)
        if word.strip()
    }
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, ordered))


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def _of(language: str, *tables: str) -> re.Pattern[str]:
    words = " | ".join(_languages(table)[language] for table in tables)
    return _whole(_any_of(f"{language}: {words}"))


MONTHS = _numbers(_MONTHS)
"""1 to 12 by folded word."""
WEEKDAYS = {word: number - 1 for word, number in _numbers(_DAYS).items()}
"""As `date.weekday` counts, by folded word."""
ENGLISH = _of("en", _RETURN_BEFORE, _UNTIL_BEFORE)
RETURN_BEFORE = _whole(_any_of(_RETURN_BEFORE))
RETURN_AFTER = _whole(_any_of(_RETURN_AFTER))
UNTIL_BEFORE = re.compile(
    # A word or two between, such as an article: "bis zum", "do dnia", "until Monday the".
    rf"(?:(?<![\w'-])(?:{_any_of(_UNTIL_BEFORE)})(?!\w)|{_any_of(_UNTIL_RIGHT_BEFORE)})"
    r"[^\w\d]{0,3}(?:[^\W\d]{1,14}[^\w\d]{1,3}){0,2}$"
)
UNTIL_AFTER = re.compile(
    rf"\W{{0,3}}(?:[^\W\d]{{1,14}}\W{{1,3}}){{0,2}}(?:{_any_of(_UNTIL_AFTER)})(?!\w)"
    rf"|(?:\(.{{1,3}}\))?\W{{0,3}}(?:{_any_of(_UNTIL_RIGHT_AFTER)})"
)
ABSENCE = re.compile(rf"(?<!\w)(?:{_any_of(_ABSENCES, ' ')})|{_any_of(_ABSENT, ' ')}")
