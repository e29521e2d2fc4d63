# ruff: noqa: RUF001 - letters and quotation marks of many languages
"""What pages say that stand where an article should, in the languages of the larger presses.

`CERTAIN` phrases say it alone; of `LIKELY` ones it takes two. `ADDRESS` is how a page speaks to its reader, which an
article about such pages does only inside of quotation marks.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["captcha", "legal", "maintenance", "error", "script", "login", "consent", "paywall"]


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE | re.MULTILINE)


CERTAIN: Final[dict[Kind, re.Pattern[str]]] = {
    "captcha": _any(
        r"verify (?:that )?you(?: are|['’]re) (?:an? |not an? )?(?:human|robot|bot)|(?:are|['’]re) not a (?:ro)?bot",
        r"are you a (?:ro)?bot",
        r"unusual (?:traffic|activity) (?:from|on|coming)|checking (?:your browser|if the site connection is secure)",
        r"(?:complete|pass) the (?:security check|captcha)|press (?:and|&) hold|\bjust a moment\b|human verification",
        r"pardon our interruption",
        r"enable (?:javascript and )?cookies (?:and|to) (?:reload|continue)",
        r"prove (?:that )?you(?: are|['’]re) (?:a )?human|slide to verify",
        r"review the security of your connection|security (?:service to protect|verification)",
        r"(?:you are|you['’]re|are) using automation tools",
        r"performing (?:a )?security (?:check|verification)|ddos protection by|incapsula incident",
        r"select all (?:images|squares) (?:with|that)",
        r"(?:access|request)s?[^.\n]{0,60}\bautomated (?:bots?|access|traffic|requests|quer)",
        r"(?:detected|suspicious) automated (?:traffic|activity)",
        r"kein roboter|sie ein mensch sind|überprüf\w* (?:ihres|ihren) browser",
        r"ungewöhnlichen? (?:datenverkehr|aktivität)",
        r"pas un robot|êtes (?:bien )?(?:un )?humain|trafic inhabituel|activité inhabituelle|vérification de sécurité",
        r"no (?:eres|es|soy) un robot|(?:que )?(?:eres|es) (?:un )?(?:ser )?humano|tráfico inusual",
        r"verificación de seguridad",
        r"non sei un robot|che sei (?:un )?(?:essere )?umano|não é um robô|que (?:você )?é (?:um )?humano|geen robot",
        r"inte en robot",
        r"nie jesteś robotem|(?:вы|что вы) не робот|вы (?:—|-) человек|подтвердите, что вы",
        r"ロボットでは(?:ありません|ない)",
        r"人間であることを確認|(?:不是|非)机器人|人机验证|安全验证",
    ),
    "legal": _any(
        r"\b451\b(?:\s*[-–—:|]|\s*$|\s+(?:error|unavailable))|unavailable (?:for|due to) legal reasons",
        r"for legal reasons\W",
        r"(?:not|un)(?: currently)? ?available (?:in|to|for|from)[^.\n]{0,40}(?:your (?:country|region|location|area"
        r"|territory|jurisdiction)|european|\beu\b|\beea\b)",
        r"(?:blocked|restricted|can(?:no|['’])t be (?:shown|viewed|accessed)|prohibited) (?:in|from) (?:your|this)"
        r" (?:country|region|location)",
        r"(?:access|content|page|article|site)\b[^.\n]{0,60}\b(?:blocked|removed|withheld|restricted"
        r"|disabled)\b[^.\n]{0,40}\b(?:court|legal|law|copyright)",
        r"access this (?:web)?site from a country|enforces the general data protection",
        r"in ihrem land nicht verfügbar|nicht in ihrem land verfügbar",
        r"(?:pas|n['’]est) disponible dans votre (?:pays|région)",
        r"no (?:está |se encuentra )?disponible en (?:tu|su) (?:país|región|zona)",
        r"non (?:è )?disponibile nel (?:tuo|suo) paese",
        r"não (?:está )?disponível (?:no seu|em seu) país|niet beschikbaar in (?:uw|jouw|je) (?:land|regio)",
        r"niedostępn\w+ w (?:twoim|państwa) (?:kraju|regionie)",
        r"недоступ\w+ (?:в|на территории) ваш\w+ (?:стран|регион)\w*|お住まいの(?:国|地域)では|您所在的(?:国家|地区)",
    ),
    "maintenance": _any(
        r"(?:under|undergoing|down for|scheduled|planned|routine|performing)(?: \w+){0,2} maintenance",
        r"maintenance (?:mode|window|in progress)",
        r"(?:will|['’]ll) be (?:right )?back(?: online)?(?: soon| shortly| in a)|be right back",
        r"temporarily (?:unavailable|offline|closed|down)",
        r"wartungsarbeiten|wartungsmodus|en (?:cours de )?maintenance|en mantenimiento|in manutenzione|em manutenção",
        r"onderhoud\b",
        r"technisch(?:e|en) arbeiten|технически[ех]\w* работ|prace (?:techniczne|konserwacyjne)|przerwa techniczna",
        r"underhåll(?:sarbete)?\b|メンテナンス|(?:系统)?维护中",
    ),
    "error": _any(
        r"\b(?:error|http|status)?\s*(?:40[0134]|410|429|50[0234])\b(?:\s*[-–—:|]|\s*$|\s+(?:error|not found"
        r"|forbidden))",
        r"(?:page|article|story|content|site|url|file)(?: that)?(?: you(?:['’]re| are| were|['’]ve)? \w+(?: for)?)?"
        r"(?: was| is| has| can(?:no|['’])t| could ?n[o'’]t| does ?n[o'’]t| no longer)"
        r"(?: be| been)?(?: no longer)? (?:not )?(?:found|exists?|available|removed|moved|gone|unavailable)",
        r"page not found|^(?:\W*not found|forbidden)\b|access (?:is )?denied|service (?:temporarily )?unavailable",
        r"internal server error",
        r"bad gateway|gateway time-?out|something went wrong|\boops\b|(?:nothing|can['’]t be) found here",
        r"don['’]t have permission to access",
        r"(?:can(?:no|['’])t|could ?n[o'’]t) find (?:that|this|the|your) (?:page|article|story|content)",
        r"(?:page|article|story|content|link)[^.\n]{0,60}\b(?:has expired|been (?:moved|removed|deleted))",
        r"too many requests|this site can['’]t be reached|an (?:unexpected )?error (?:has )?occurred",
        r"seite (?:wurde |konnte )?(?:leider )?nicht (?:gefunden|vorhanden)|seite existiert nicht|zugriff verweigert",
        r"page (?:introuvable|non trouvée)|page n['’]existe (?:pas|plus)",
        r"accès refusé|página no (?:encontrada|existe|disponible)|no (?:se ha |hemos )?encontra(?:do|mos) la página",
        r"acceso denegado|pagina non (?:trovata|esiste)",
        r"página não (?:encontrada|existe)|pagina (?:is )?niet gevonden|nie znaleziono (?:takiej )?strony",
        r"strona (?:nie istnieje|nie została znaleziona)",
        r"страница не (?:найдена|существует)|доступ (?:запрещен|запрещён)|ページ(?:が|は)見つかりません",
        r"sidan (?:kunde inte hittas|finns inte)",
        r"(?:页面|网页)(?:不存在|未找到|找不到)|找不到(?:该|您)?(?:页面|网页)",
    ),
    "script": _any(
        r"(?:enable|turn on|allow|requires?|needs?|without|activate) (?:java ?script|js)\b",
        r"(?:java ?script|js)\b (?:is )?(?:required|disabled|turned off)",
        r"unsupported browser",
        r"(?:your )?browser (?:is (?:not|no longer) supported|is out of date|is outdated|does(?:n['’]t| not) support)",
        r"(?:java ?script|js)\b (?:zu )?aktivieren",
        r"(?:aktivieren|benötigt|erfordert)(?: \w+){0,3} (?:java ?script|js)\b",
        r"(?:java ?script|js)\b (?:ist )?deaktiviert",
        r"activ(?:er|ez|e|a|á|ar)(?: \w+)? (?:java ?script|js)\b",
        r"(?:java ?script|js)\b (?:est|está|è) (?:désactivé|desactivado|disabilitato|desativado)",
        r"habilit(?:ar|e|a|á)(?: \w+)? (?:java ?script|js)\b|abilita(?:re|te)? (?:java ?script|js)\b",
        r"ativ(?:e|ar)(?: o)? (?:java ?script|js)\b",
        r"(?:java ?script|js)\b (?:inschakelen|is uitgeschakeld|in te schakelen)",
        r"włącz(?:yć)? (?:obsługę )?(?:java ?script|js)\b",
        r"(?:включите|включить|требуется) (?:поддержку )?(?:java ?script|js)\b",
        r"(?:java ?script|js)\b (?:отключ\w+|выключен)|aktivera (?:java ?script|js)\b",
        r"java ?script(?:を|が)(?:有効|無効)|(?:启用|开启|啟用) ?java ?script",
    ),
    "login": _any(
        r"please (?:sign|log) ?in\b",
        r"(?:you must|you need to|you have to) (?:be (?:signed|logged)[ -]in|(?:sign|log) ?in)",
        r"(?:sign|log) ?in to (?:your account|continue|view|see|access)",
        r"members only|melden sie sich (?:bitte )?an|bitte (?:melden sie sich|loggen sie sich|anmelden|einloggen)",
        r"connectez-vous (?:à|pour)|veuillez vous (?:connecter|identifier)",
        r"inici(?:a|e) sesión (?:para|en)|debes? iniciar sesión|accedi (?:per|al tuo)|faça login|entre na sua conta",
        r"log in om|zaloguj się|войдите (?:в|чтобы)|ログインして(?:ください|続行)|请(?:先)?登录",
    ),
    "consent": _any(
        r"store and/or access information|before you continue to",
        r"(?:accept|reject|agree)(?: to)? (?:all )?(?:and|&) (?:continue|close)",
        r"continue without (?:accepting|agreeing)",
        r"akzeptieren und weiter|zustimmen und weiter|mit werbung (?:und tracking )?(?:weiter)?lesen",
        r"accepter et (?:continuer|fermer)|continuer sans accepter",
        r"aceptar y continuar|accetta e continua|continua senza accettare|aceitar e continuar",
    ),
    "paywall": _any(
        r"(?:subscribe|register|sign up|log ?in|sign ?in|create (?:a|an|your) (?:free )?account|become a (?:member"
        r"|subscriber)|join|start (?:a|your) (?:free )?trial)"
        r"(?: now| today| here| below)?(?:[^.\n]{0,40})? to (?:continue|keep|read|access|unlock|finish|view)",
        r"to (?:continue|keep|finish) reading\b|continue reading with (?:a|your)\b",
        r"(?:is|are) (?:only )?(?:for|available (?:only )?to) (?:our )?(?:paying |paid |premium |registered"
        r" )?(?:subscribers|members)",
        r"subscribers?[- ](?:only|exclusive)|for (?:subscribers|members) only|only for subscribers",
        r"exclusive to subscribers",
        r"(?:reached|used|read)(?: up)? (?:all (?:of )?)?(?:your|the)[^.\n]{0,40}(?:free (?:article|stor)|limit\b)",
        r"(?:this is )?your last free article",
        r"unlock (?:this|the full) (?:article|story)",
        r"read the (?:full|rest of the) (?:article|story) (?:with|by) subscri|already a (?:subscriber|member)\b",
        r"want to (?:read|keep reading|see) (?:more|the (?:full|rest))|(?:rest|remainder) of this (?:article|story) is",
        r"nur für abonnent|exklusiv für abonnent|bereits (?:ein )?(?:abo|abonnent)",
        r"(?:jetzt|mit)[^.\n]{0,40}(?:abonnieren|weiterlesen)\b|(?:um|zum) weiterzulesen|um weiter ?zu ?lesen",
        r"réservée?s? (?:à nos |aux )abonné",
        r"(?:abonnez|inscrivez|connectez)-vous pour (?:lire|continuer|accéder|poursuivre|découvrir)|déjà abonnée?",
        r"la suite est réservée|il vous reste \d+",
        r"(?:exclusivo|solo|sólo) para suscriptores",
        r"suscr[ií]b(?:ete|ase) (?:ahora )?(?:para|y) (?:seguir|continuar|leer|sigue)|ya (?:eres|es) suscriptor",
        r"para (?:seguir|continuar) leyendo",
        r"(?:riservat|esclusiv)[oa] (?:agli|per gli) abbonati|abbonati per (?:continuare|leggere|proseguire)",
        r"(?:sei già|già) abbonato|per continuare a leggere",
        r"exclusivo para assinantes|assine para (?:continuar|ler)|já é assinante|para continuar (?:lendo|a ler)",
        r"(?:alleen|exclusief) voor abonnees|al abonnee\b|om (?:verder te|dit artikel te) lezen",
        r"(?:tylko|wyłącznie|dostępn\w+) dla (?:subskrybent|prenumerator|zalogowan)\w+",
        r"(?:wykup|kup) (?:dostęp|subskrypcję|prenumeratę)|aby czytać dalej|masz już (?:subskrypcję|prenumeratę)",
        r"(?:только|доступ\w*) (?:для|по) подпис\w+|оформите подписку|чтобы (?:продолжить чтение|читать дальше)",
        r"уже подписаны|för prenumeranter|bli prenumerant|redan prenumerant|logga in för att läsa",
        r"会員限定|有料会員|この記事は有料|続きを(?:読む|お読みいただく)には|订阅(?:后|以)?(?:即可)?(?:继续)?阅读|会员(?:专享|可读)|登录后(?:可)?(?:继续)?阅读",
    ),
}
LIKELY: Final[dict[Kind, re.Pattern[str]]] = {
    "login": _any(
        r"(?:sign|log) ?in (?:or|with|using)\b|^\W*(?:sign|log) ?in\W*$|forgot(?:ten)? (?:your )?password",
        r"(?:enter )?your password|keep me (?:signed|logged) in|remember me",
        r"continue with (?:google|apple|facebook|e-?mail|microsoft)|(?:create|open) an? (?:new |free )?account",
        r"don['’]t have an account|new (?:here|user|customer)\?|e-?mail address",
        r"anmelden oder registrieren|^\W*(?:anmelden|einloggen)\W*$|passwort (?:vergessen|eingeben)|noch kein konto",
        r"mot de passe(?: oublié)?|se connecter|s['’]identifier|pas encore (?:de compte|inscrit)",
        r"contraseña|iniciar sesión|no tienes (?:una )?cuenta|password dimenticata|non hai un account",
        r"esqueceu (?:a|sua) senha|não tem (?:uma )?conta|wachtwoord|inloggen|nie pamiętasz hasła|hasło",
        r"забыли пароль|пароль|войти|ログイン|パスワード|登录|密码",
    ),
    "consent": _any(
        r"(?:we|and our partners|our partners) (?:use|store|process)\w*[^.]{0,60}(?:cookies|information|data)",
        r"accept (?:all|cookies)|reject all|allow all",
        r"manage (?:my |your )?(?:preferences|options|cookies|choices|settings)",
        r"cookie (?:policy|settings|preferences|notice)|legitimate interests?",
        r"privacy (?:choices|settings|policy|options|notice)",
        r"(?:value|about) your (?:privacy|consent|choices)|your (?:privacy|consent|choices)|strictly necessary",
        r"withdraw (?:your )?consent|personali[sz]ed (?:ads|content)|list of (?:partners|vendors)",
        r"third[- ]party vendors",
        r"(?:verwenden|nutzen|setzen|verarbeiten)[^.]{0,60}(?:cookies|daten)",
        r"alle (?:cookies )?(?:akzeptieren|ablehnen)|einstellungen verwalten|datenschutz\w*",
        r"berechtigte\w* interesse\w*|\w*einwilligung\w*|ihre (?:privatsphäre|zustimmung)",
        r"(?:utilisons|stockons|utilisent)[^.]{0,60}(?:cookies|données|informations)|tout (?:accepter|refuser)",
        r"gérer (?:mes|vos|les) (?:choix|préférences|cookies)|votre (?:vie privée|consentement)",
        r"politique de (?:confidentialité|cookies)|intérêt légitime|paramétrer",
        r"(?:utilizamos|usamos|utilizan)[^.]{0,40}cookies|acepta[r]? tod[oa]s?|rechazar tod[oa]s?",
        r"política de (?:cookies|privacidad\w*)|(?:su|tu) (?:privacidad|consentimiento)|configurar|interés legítimo",
        r"utilizziamo[^.]{0,40}cookie|accetta tutt[oi]|rifiuta tutt[oi]|informativa sulla privacy|cookie policy",
        r"la tua privacy|legittimo interesse|personalizza",
        r"aceitar tod[oa]s|rejeitar tod[oa]s|política de privacidade|sua privacidade|gebruiken[^.]{0,40}cookies",
        r"alles (?:accepteren|weigeren|afwijzen)|cookie-?instellingen|privacy(?:beleid|verklaring)|akkoord",
        r"(?:używamy|stosujemy|korzystamy z)[^.]{0,40}(?:cookie|ciastecz)\w*|akceptuj\w* wszystk\w+|odrzuć\w*",
        r"polityk\w+ prywatności|ustawienia(?: cookies)?|(?:используем|использует)[^.]{0,40}(?:cookie|куки)",
        r"принять все|отклонить|политик\w+ конфиденциальности",
        r"använder[^.]{0,40}(?:cookies|kakor)|acceptera alla|avvisa alla|integritetspolicy",
        r"クッキー|すべて(?:受け入れる|許可|拒否)",
        r"プライバシー|(?:使用)[^。]{0,10}cookie|接受(?:所有|全部)|拒绝|隐私",
    ),
}
ADDRESS: Final = _any(
    r"\b(?:you|your|yours|please|we|our)\b|this (?:page|site|website|article|story|content|browser)|\bclick",
    r"\bcookies? (?:policy|settings)",
    # In small letters these are "she", "they" and "their".
    r"(?-i:(?<=\w )(?:Sie|Ihre?[nmrs]?)\b)|\b(?:bitte|wir|unsere?[nmrs]?|dieser? (?:seite|artikel|inhalt)|dein\w*)\b",
    r"\b(?:vous|votre|vos|veuillez|nous utilisons|notre site|cet article|cette page|ce contenu)\b",
    r"\b(?:usted|tus?|nuestr[oa]s?|este (?:artículo|contenido)|esta página|por favor)\b",
    r"\b(?:tu[oa]|tuoi|vostr[oa]|nostr[oa]|questo (?:articolo|contenuto)|questa pagina)\b",
    r"\b(?:você|nosso site|este conteúdo|uw|jouw|wij|onze|dit artikel|deze pagina|twoj\w*|twój|prosimy|używamy|ten"
    r" artykuł|ta strona)\b",
    r"\b(?:вы|вас|вам|ваш\w*|пожалуйста|мы|эт(?:а|от|у) (?:страниц\w|материал|статья)|din|ditt|vänligen)\b",
    r"ください|あなた|您",
    r"请|本文|この(?:記事|ページ)",
)
# What stands at the foot of every page.
IMPRINT: Final = _any(
    r"©|all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos",
    r"registered (?:office|in|company|number)|copyright|terms (?:of (?:use|service)|and conditions)"
    r"|privacy policy|contact us|about us|advertise with|impressum|mentions légales|\bray id\b|is published by",
    r"(?:founded|published|appeared) (?:in|since) 1\d{3}|press council|\breference (?:id|number|#)|cloudflare",
    r"\bincident id\b|\bip address\b|apache/|nginx",
)
QUOTED: Final = re.compile(
    r"“[^“”\n]{0,300}”|\"[^\"\n]{0,300}\"|«[^«»\n]{0,300}»|„[^„“”\n]{0,300}[“”]|‘[^‘’\n]{0,300}’(?!\w)|「[^」\n]{0,300}」"
)
