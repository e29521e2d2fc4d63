"""Function words: the commonest words of each language that is written in Latin letters, which tell it from others."""

from __future__ import annotations

from typing import Final

FUNCTION_WORDS: Final = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the of and to in is that it was for on are as with his they at be this have from had by but not what "
        "were we when can said there an which their has its he who been would more will you or she him her",
        "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus "
        "er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber",
        "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son "
        "aux d'un cette ont ses mais comme nous ou leur été elle fait c'est deux ces n'est l'on s'est qu'il",
        "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si "
        "sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde",
        "it": "di e il la che in a per un è del non della con si le da una i sono nel al come ha dei più alla anche lo "
        "gli delle ma se o dal nella su questo ai stato ci essere tra suo hanno due dopo degli",
        "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou "
        "quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos são foi",
        "nl": "de van het een en in is dat op te zijn met voor niet die aan er om ook als dan maar bij of uit nog door "
        "naar heeft ze wordt tot hij over meer werd worden deze kan geen hebben was wel dit al",
        "sv": "och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan "
        "när år under också efter eller nu sin där vid mot ska skulle kommer ut få finns vara hade alla",
        "da": "og i at det er en til på som for de af med den der ikke har et var han om jeg men sig fra vi så kan når "
        "efter også eller nu sin hvor ved mod skal ville kommer ud få findes være havde alle blev",
        "no": "og i å det er en til på som for av med den de ikke har et var han om jeg men seg fra vi så kan når år "
        "etter også eller nå sin hvor ved mot skal ville kommer ut få finnes være hadde alle ble",
        "fi": "ja on ei se että oli hän mutta ovat kun myös niin kuin sen jos joka mukaan vain tai ole hänen sekä "
        "olivat voi nyt vielä sitä jo siitä kanssa ollut jotka mitä tämä joita kuitenkin hyvin",
        "pl": "w i na się nie z do to że jest o jak ale po co tak za od jego przez był jako dla tym czy tego jej są "
        "było już oraz ich może tylko również które który jednak będzie być przed ze",
        "cs": "a se v na je že to s z do o i ve jako za po by k ale si pro podle jsou které od který však bylo jeho "
        "byl jen také při ze už aby nebo až není tak jak bude další",
        "tr": "ve bir bu da de için ile olarak çok daha olan gibi o ne en sonra kadar ama ise her değil olduğu ki var "
        "göre olduğunu ancak iki diye onun dedi yeni etti büyük",
        "ro": "de și în a la cu pe că o nu un din este mai care pentru au fi sunt se fost o ce prin după sau dar ca "
        "lui al am va fost ale acest această despre între când foarte",
        "hu": "a az és hogy nem is egy ez meg de már csak volt van el még mint azt ha ki fel vagy arra lesz ezt mert "
        "lehet után majd szerint kell pedig minden aki ami illetve",
        "id": "yang dan di dengan untuk pada ini dari itu dalam tidak akan ke adalah oleh juga sebagai telah atau ada "
        "karena bisa mereka tersebut saat lebih dia kami sudah namun bahwa para menjadi",
        "vi": "và của là các có được trong cho không với một những người này đã khi về ra đến tại từ như nhiều sẽ theo "
        "trên cũng năm để vào ông nhưng phải còn lại",
    }.items()
}
