"""A table of pages of our own writing: walls in the languages of several presses, and articles about walls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.intake.extraction.extractor import extract_page
from subtext.intake.extraction.page_classifier import classify_text

if TYPE_CHECKING:
    from subtext.intake.extraction.page import BlockReason

FOOT = (
    "<div class='site-end'><p>The Norhaven Post is published by Norhaven Media, a company with its seat at the old "
    "customs house. It has appeared since 1888 and employs ninety people in three towns.</p><p>© 2026 Norhaven Media. "
    "All rights reserved. Registered office: 1 Quay Street.</p><ul><li><a href='/about'>About us</a></li><li>"
    "<a href='/contact'>Contact</a></li><li><a href='/privacy'>Privacy policy</a></li></ul></div>"
)
NAV = "<nav><a href='/'>Home</a> <a href='/news'>News</a> <a href='/login'>Sign in</a> <a href='/subscribe'>Subscribe</a></nav>"
STORY = (
    "<p>The Kelmar council approved a new timetable for the ferries on Monday. The vote was eleven to four, after a "
    "debate of two hours in the town hall, and the new times begin in May.</p><p>Corrin Ferries, which runs the service, "
    "will add one crossing in the morning and one in the evening. Fares stay as they are until the end of the year.</p>"
    "<p>A second reading is planned for the autumn. The harbour office takes remarks until the end of the month.</p>"
)
LEAD = "<p>The Kelmar council approved a new timetable for the ferries on Monday. The vote was eleven to four.</p>"
SCRIPT = "<script src='/app.js'></script>"


def page(title: str, body: str, head: str = "", lang: str = "en") -> str:
    return f"<html lang={lang}><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def article(title: str, *paragraphs: str, around: str = NAV) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return page(f"{title} - The Norhaven Post", f"{around}<main><article><h1>{title}</h1>{body}</article></main>{FOOT}")


@dataclass(frozen=True)
class Wall:
    id: str
    html: str
    wall: BlockReason


@dataclass(frozen=True)
class Read:
    id: str
    html: str
    part: str
    paywalled: bool = False


WALLS = [
    Wall("script: noscript text shown", page("Post", f"<div id=root>You need to enable JavaScript to run this app.</div>{SCRIPT}"), "script"),
    Wall("script: no script tag", page("Post", "<p>You need to enable JavaScript to run this app.</p>"), "script"),
    Wall("script: a longer notice", page("JavaScript is disabled", "<h1>JavaScript is disabled</h1><p>In order to continue, your browser has to run scripts. Please enable JavaScript and reload the page. If it is on already, an extension of your browser may block it.</p>" + FOOT), "script"),
    Wall("script: old browser", page("Browser update", "<h1>Your browser is not supported</h1><p>Please upgrade your browser to read the Norhaven Post.</p>"), "script"),
    Wall("script: German", page("Post", f"<p>Bitte aktivieren Sie JavaScript, um diese Seite zu nutzen.</p>{SCRIPT}", lang="de"), "script"),
    Wall("script: French", page("Post", f"<p>Veuillez activer JavaScript pour afficher cette page.</p>{SCRIPT}", lang="fr"), "script"),
    Wall("script: Japanese", page("ポスト", "<p>このページを表示するにはJavaScriptを有効にしてください。</p>", lang="ja"), "script"),
    Wall("captcha: waiting room", page("Just a moment...", "<h1>norhaven.example</h1><p>Checking if the site connection is secure</p><p>norhaven.example needs to review the security of your connection before proceeding.</p><p>Ray ID: 7d0a1b2c3d</p>"), "captcha"),
    Wall("captcha: automated access", page("Access to this page has been denied", "<p>Access to this page has been denied because we believe you are using automation tools to browse the website.</p><p>This may happen as a result of the following:</p><ul><li>Javascript is disabled or blocked by an extension</li><li>Your browser does not support cookies</li></ul><p>Reference ID: #a1b2</p>"), "captcha"),
    Wall("captcha: interruption", page("Pardon Our Interruption", "<h1>Pardon Our Interruption</h1><p>As you were browsing something about your browser made us think you were a bot. There are a few reasons this might happen.</p>" + FOOT), "captcha"),
    Wall("captcha: German", page("Sicherheitsprüfung", "<h1>Bitte bestätigen Sie, dass Sie ein Mensch sind</h1><p>Wir haben ungewöhnlichen Datenverkehr aus Ihrem Netz bemerkt.</p>", lang="de"), "captcha"),
    Wall("captcha: Spanish", page("Un momento", "<p>Confirme que no es un robot para continuar.</p>", lang="es"), "captcha"),
    Wall("captcha: Russian", page("Проверка", "<p>Подтвердите, что вы не робот, чтобы продолжить.</p>", lang="ru"), "captcha"),
    Wall("captcha: Chinese", page("验证", "<p>请完成人机验证后继续访问。</p>", lang="zh"), "captcha"),
    Wall("legal: 451", page("451 Unavailable For Legal Reasons", "<h1>451: Unavailable due to legal reasons</h1><p>We recognize you are attempting to access this website from a country belonging to the European Economic Area (EEA) including the EU which enforces the General Data Protection Regulation (GDPR) and therefore access cannot be granted at this time.</p><p>For any issues, contact info@norhaven.example.</p>"), "legal"),
    Wall("legal: not in this country", page("Norhaven Post", "<h1>Sorry!</h1><p>This content is not available in your region.</p>" + FOOT), "legal"),
    Wall("legal: European visitors", page("Norhaven Post", "<p>Our website is currently unavailable in most European countries. We are engaged on the issue and committed to looking at options that support our full range of digital offerings to your market.</p>"), "legal"),
    Wall("legal: German", page("Post", "<p>Dieser Inhalt ist in Ihrem Land nicht verfügbar.</p>", lang="de"), "legal"),
    Wall("maintenance", page("We'll be back soon", "<h1>We'll be back soon!</h1><p>Sorry for the inconvenience. We are performing scheduled maintenance at the moment and expect to finish by noon.</p>" + FOOT), "maintenance"),
    Wall("maintenance: German", page("Wartungsarbeiten", "<p>Unsere Website ist wegen Wartungsarbeiten vorübergehend nicht erreichbar. Bitte versuchen Sie es später.</p>", lang="de"), "maintenance"),
    Wall("maintenance: Russian", page("Технические работы", "<p>Сайт временно недоступен: ведутся технические работы.</p>", lang="ru"), "maintenance"),
    Wall("error: with a long foot", page("Page not found - The Norhaven Post", f"{NAV}<main><h1>Page not found</h1><p>We could not find the page you were looking for. Try the search or go back to the front page.</p></main>{FOOT}"), "error"),
    Wall("error: French", page("Page introuvable", "<h1>Erreur 404</h1><p>La page demandée n'existe pas ou plus.</p>", lang="fr"), "error"),
    Wall("error: Polish", page("Gazeta", "<h1>Nie znaleziono strony</h1><p>Strona, której szukasz, została usunięta.</p>", lang="pl"), "error"),
    Wall("error: in 200 words of suggestions", page("404", "<h1>404 - Page not found</h1><p>The story you requested has moved.</p><h2>You may like</h2>" + "".join(f"<p><a href='/{n}'>Council votes on the ferry line for the {n}th time this year</a></p>" for n in range(20))), "error"),
    Wall("login: without a password field", page("Sign in | Norhaven Post", "<h1>Sign in</h1><p>Enter your email address to continue.</p><button>Continue with Google</button><button>Continue with Apple</button><p>Don't have an account? Create an account.</p>" + FOOT), "login"),
    Wall("login: members", page("Members only", "<h1>Members only</h1><p>You must be logged in to view this page.</p>"), "login"),
    Wall("login: Italian", page("Accedi", "<h1>Accedi</h1><form><label>Email<input></label><label>Password<input type=password></label><a href=/r>Password dimenticata?</a></form>", lang="it"), "login"),
    Wall("consent: before you continue", page("Before you continue", "<h1>Before you continue to Norhaven</h1><p>We use cookies and data to deliver and maintain our services and to measure audience engagement. If you choose “Accept all”, we will also use cookies to develop new services.</p><button>Reject all</button><button>Accept all</button><a href=/m>More options</a>"), "consent"),
    Wall("consent: German, pay or agree", page("Post", "<h1>Weiterlesen mit Werbung</h1><p>Besuchen Sie norhaven.example wie gewohnt mit Werbung und Tracking. Ihre Zustimmung können Sie jederzeit widerrufen. Wir und unsere Partner verarbeiten Daten, etwa Cookies, auf Grundlage von Einwilligung oder berechtigtem Interesse.</p><button>Akzeptieren und weiter</button><a href=/d>Datenschutzerklärung</a>", lang="de"), "consent"),
    Wall("consent: French", page("Le Post", "<h1>Le respect de votre vie privée</h1><p>Nous et nos partenaires utilisons des cookies pour stocker des informations. Vous pouvez tout accepter ou gérer vos choix, selon notre politique de confidentialité.</p><button>Tout accepter</button><a href=/c>Continuer sans accepter</a>", lang="fr"), "consent"),
    Wall("consent: Spanish", page("El Correo", "<p>Utilizamos cookies propias y de terceros. Puede aceptar todas o configurar su uso en nuestra política de cookies. Tu privacidad es importante.</p><button>Aceptar y continuar</button>", lang="es"), "consent"),
    Wall("paywall: no paragraph", page("Ferry line begs", f"{NAV}<article><h1>Ferry line begs</h1><div>Subscribe to continue reading</div><div>Already a subscriber? Sign in</div></article>{FOOT}"), "paywall"),
    Wall("paywall: a lead and a demand", page("Ferries get new times", f"{NAV}<article><h1>Ferries get new times</h1>{LEAD}<div class=pw><p>To continue reading, subscribe now for one crown a month.</p></div></article>{FOOT}"), "paywall"),
    Wall("paywall: register", page("Ferries get new times", f"<article><h1>Ferries get new times</h1>{LEAD}<p>Create a free account to keep reading this article.</p></article>"), "paywall"),
    Wall("paywall: German", page("Neuer Fahrplan", "<article><h1>Neuer Fahrplan für die Fähren</h1><p>Der Rat von Kelmar hat am Montag einen neuen Fahrplan beschlossen.</p><p>Dieser Artikel ist nur für Abonnenten. Jetzt abonnieren und weiterlesen.</p></article>", lang="de"), "paywall"),
    Wall("paywall: French", page("Nouveaux horaires", "<article><h1>Nouveaux horaires</h1><p>Le conseil de Kelmar a voté lundi de nouveaux horaires pour les ferries.</p><p>Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous pour lire la suite.</p></article>", lang="fr"), "paywall"),
    Wall("paywall: Spanish", page("Nuevos horarios", "<article><h1>Nuevos horarios</h1><p>El consejo de Kelmar aprobó el lunes nuevos horarios para los transbordadores.</p><p>Contenido exclusivo para suscriptores. Suscríbete para seguir leyendo.</p></article>", lang="es"), "paywall"),
    Wall("links: cards of a front page", page("The Norhaven Post", NAV + "<main>" + "".join(f"<div class=story><h3><a href='/{n}'>Council votes on ferry line {n} today</a></h3><p>The members of the council met in the town hall for the {n}th time, and nobody knew how long it would last.</p></div>" for n in range(12)) + "</main>" + FOOT), "links"),
    Wall("links: section of articles", page("News", NAV + "<main><h1>News</h1>" + "".join(f"<article><h2><a href='/{n}'>Council votes on ferry line {n} today</a></h2><p>The members met in the town hall for the {n}th time this year, said the mayor.</p><time>Monday</time></article>" for n in range(9)) + "</main>"), "links"),
    Wall("links: headlines alone", page("Archive", "<h1>March</h1>" + "".join(f"<p><a href='/{n}'>Council votes on ferry line {n} after long debate</a></p>" for n in range(25))), "links"),
    Wall("nothing: pictures", page("Gallery", "<img src=a.jpg><img src=b.jpg>"), "nothing"),
]

READS = [
    Read("about paywalls, short", article("Papers on the coast put up paywalls", "“Subscribe to continue reading” is what readers of the Gazette have seen since Monday. The paper put up a paywall, and the editor said that it had no other choice left, because it was running out of money.", "Of nine papers on the coast, six now ask for a subscription. The others live on advertisements and on the council's notices."), "no other choice left"),
    Read("about cookie boxes", article("Regulator turns on cookie boxes", "A regulator said on Monday that a button to accept all has to stand beside one to reject all. Sites that only link to a cookie policy or hide legitimate interest behind a second screen will be fined.", "Four publishers announced an appeal. The rules apply from May, and the fines reach four per cent of a year's turnover, lawyers for the publishers said.", "The boxes say “We use cookies”, “Accept all” and “Manage preferences” in so many colours that nobody reads them, a study found."), "will be fined"),
    Read("about captchas", article("Why the puzzles got harder", "The squares with traffic lights have a purpose, researchers wrote on Tuesday. “Verify you are human” was the most read sentence of the year, they found, and machines now solve the puzzles faster than people do.", "Banks have begun to drop them. The firm that sells the puzzles said that it would replace them with a measure of how a hand moves."), "faster than people"),
    Read("about a site that went down", article("Ministry's site offline for a day", "Visitors to the ministry's site saw “503 Service Unavailable” for most of Monday. The ministry said that a failed update had taken down the servers, and that nothing had been lost.", "It was the third time this year. The opposition asked for the minister to explain the contract, which runs until 2028 and costs four million crowns."), "third time this year"),
    Read("about a law that blocks", article("European readers shut out of American papers", "Dozens of papers still answer readers in Europe with a notice that they are unavailable for legal reasons, eight years after the rules came into force. The number fell from a thousand to sixty, a survey found.", "Publishers told the survey that the few readers were not worth the lawyers. Two of them opened their pages again in March."), "not worth the lawyers"),
    Read("about scripts", article("The web without scripts", "One in fifty pages says nothing but that readers should enable JavaScript, according to a count by two students in Kelmar. They asked a thousand sites of ministries and papers for their front pages and looked at what came.", "Ministries did best. The worst were the sites of small shops, which show an empty page to old telephones."), "Ministries did best"),
    Read("about logins", article("Passwords on their way out", "The bank will stop asking customers to sign in with a password, it said on Monday. A forgotten password is the reason for every third call to its hotline, and each call costs nine crowns.", "From May a key in the telephone does the work. Customers without one get a card with a chip, free of charge."), "a card with a chip"),
    Read("headline that begins like a wall", article("Access denied: minister begs to be let in", "The minister stood in front of the town hall for two hours on Monday, because nobody had told the porter that she would come. She was let in after a call to the mayor, and the meeting began at noon.", "The talks were about the ferries. They lasted until the evening, and nothing was decided, both sides said when they came out."), "nothing was decided"),
    Read("headline of an error", article("404 jobs not found: how a plant lost its promise", "The plant at the north quay was to have brought 404 jobs to Kelmar by the spring. It has brought none, and the firm has asked the council for another year and another grant.", "The council will vote in May. The mayor said that she had no illusions, but that an empty hall was worth nothing to anybody either."), "another grant"),
    Read("maintenance in the text", article("Ferry back after maintenance", "The Maren is back in service after nine weeks under maintenance at the yard in Corrin. The engine was taken out and put back, and the ferry has two new doors, the line said on Monday.", "It cost four million crowns. The Lotte follows in the autumn, and for six weeks there will be no crossing on Sundays."), "two new doors"),
    Read("brief beside a demand in the menu", page("Ferries get new times", f"<nav>Subscribe to continue reading everything. Already a subscriber? Log in</nav><article><h1>Ferries get new times</h1>{STORY}</article>"), "A second reading"),
    Read("brief with a cookie banner", page("Ferries get new times", f"{NAV}<article><h1>Ferries get new times</h1>{STORY}</article><div>We use cookies. See our cookie policy. <button>Accept all</button><button>Reject all</button></div>"), "A second reading"),
    Read("brief with a captcha in its comments", page("Ferries get new times", f"<article><h1>Ferries get new times</h1>{STORY}</article><form><div class=g-recaptcha></div>Please sign in to comment<input type=password></form>"), "A second reading"),
    Read("brief with noscript", page("Ferries get new times", f"<noscript>Please enable JavaScript.</noscript><article><h1>Ferries get new times</h1>{STORY}</article>{SCRIPT}"), "A second reading"),
    Read("article with cards below", page("Ferries get new times", f"<article><h1>Ferries get new times</h1>{STORY * 2}</article><section>" + "".join(f"<div><h3><a href='/{n}'>Council votes on ferry line {n} today</a></h3><p>The members met again.</p></div>" for n in range(12)) + "</section>"), "A second reading"),
    Read("soft paywall after enough to read", page("Ferries get new times", f"<article><h1>Ferries get new times</h1>{STORY * 3}<p>Subscribe to continue reading this article.</p></article>"), "A second reading", paywalled=True),
    Read("German about cookies", page("Streit um Cookie-Banner", "<article><h1>Streit um Cookie-Banner</h1><p>Das Landgericht Kelmar hat am Montag entschieden, dass ein Knopf zum Ablehnen neben dem zum Akzeptieren stehen muss. „Alle akzeptieren“ allein genügt nicht, heißt es im Urteil, das noch nicht rechtskräftig ist.</p><p>Geklagt hatte ein Verein von Verbrauchern aus Corrin. Der Verlag kündigte an, in Berufung zu gehen, und verwies auf die Kosten der Redaktion, die allein durch Werbung gedeckt werden.</p></article>", lang="de"), "Geklagt hatte"),
    Read("French about paywalls", page("Les journaux passent au payant", "<article><h1>Les journaux passent au payant</h1><p>« Cet article est réservé aux abonnés » : la phrase accueille depuis lundi les lecteurs de la Gazette de Kelmar. Le journal a choisi le payant, et sa directrice a expliqué que les recettes de la publicité avaient baissé d'un tiers en deux ans.</p><p>Sur neuf journaux de la côte, six demandent désormais un abonnement. Les autres vivent des annonces légales et des aides de la région.</p></article>", lang="fr"), "aides de la région"),
    Read("live blog with linked posts", page("Talks - live", "<main><h1>Talks - live</h1><div class=liveblog>" + "".join(f"<article><h2><a href='/live#p{n}'>The union speaks for the {n}th time</a></h2><p>The union has called a meeting for noon at the fish hall, and it wants the minister to come, people close to the talks said.</p></article>" for n in range(8)) + "</div></main>"), "fish hall"),
]


@pytest.mark.parametrize("case", WALLS, ids=lambda case: case.id)
def test_a_wall_is_named(case: Wall) -> None:
    assert extract_page(case.html, None).wall == case.wall


@pytest.mark.parametrize("case", READS, ids=lambda case: case.id)
def test_an_article_about_a_wall_or_beside_one_is_read(case: Read) -> None:
    result = extract_page(case.html, None)
    assert result.wall is None
    assert case.part in result.text
    assert result.paywalled is case.paywalled
