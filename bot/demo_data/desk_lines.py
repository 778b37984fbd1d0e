"""What our people and those whom they talk to say in made-up conversations, and what is noted of it. Only words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one language; with {order}, {thing} and {name} in them."""

    hellos: Sequence[str]
    answers: Sequence[str]
    goodbyes: Sequence[str]
    customers: Sequence[str]
    thanks: Sequence[str]


LINES: Mapping[str, Lines] = {
    "en": Lines(
        (
            "Hello {name}, I've read what you and the assistant said. Let me look into it.",
            "Hi, I'm on it, one moment please.",
        ),
        (
            "I've checked order {order}: the parcel has been at the depot since yesterday and goes out today.",
            "I've put the refund for the {thing} through; it shows up within five working days.",
            "I've sent you a new return label by e-mail.",
            "Our warehouse will send a new {thing} today, you don't need to send the old one back.",
            "I've taken the delivery charge off, as an apology.",
            "I've asked the carrier to look for it. They answer within two days, and I'll write to you then.",
        ),
        ("You're welcome. Have a lovely day!", "Glad I could help. All the best!"),
        (
            "It should have been here last week",
            "And when do I get the money back?",
            "I've already sent it back once",
            "The box was open when it came",
            "Can you send it to my work instead?",
            "I can't find the e-mail with the label",
            "I've been waiting for nine days now",
            "Is there any way to get it before Saturday?",
        ),
        ("Thank you, that's all", "Great, thanks for your help!", "OK, thanks", "Perfect, thank you so much"),
    ),
    "de": Lines(
        ("Guten Tag {name}, ich habe alles gelesen und sehe es mir an.", "Hallo, einen Moment bitte, ich schaue nach."),
        (
            "Ich habe Bestellung {order} geprüft: Das Paket liegt seit gestern im Depot und wird heute zugestellt.",
            "Die Erstattung für {thing} ist veranlasst und in fünf Werktagen auf Ihrem Konto.",
            "Ich habe Ihnen ein neues Rücksendeetikett per E-Mail geschickt.",
            "Wir schicken Ihnen heute Ersatz, Sie müssen nichts zurücksenden.",
        ),
        ("Sehr gern. Einen schönen Tag noch!", "Gern geschehen, alles Gute!"),
        (
            "Das sollte schon letzte Woche da sein",
            "Und wann bekomme ich mein Geld?",
            "Der Karton war schon offen",
            "Ich warte jetzt seit neun Tagen",
            "Ich finde die E-Mail mit dem Etikett nicht",
        ),
        ("Danke, das war alles", "Super, vielen Dank!", "Alles klar, danke"),
    ),
    "fr": Lines(
        ("Bonjour {name}, j'ai lu votre échange et je regarde cela.", "Bonjour, un instant, je vérifie."),
        (
            "J'ai vérifié la commande {order} : le colis part aujourd'hui du dépôt.",
            "Le remboursement est lancé, il arrive sous cinq jours ouvrés.",
            "Je vous ai envoyé une nouvelle étiquette de retour par e-mail.",
            "Nous vous en renvoyons un aujourd'hui.",
        ),
        ("Avec plaisir. Bonne journée !", "Je vous en prie, à bientôt !"),
        (
            "Il devait arriver la semaine dernière",
            "Et quand serai-je remboursé ?",
            "Le carton était déjà ouvert",
            "J'attends depuis neuf jours",
        ),
        ("Merci, c'est tout", "Parfait, merci beaucoup !"),
    ),
    "es": Lines(
        ("Hola {name}, he leído la conversación y lo miro ahora.", "Hola, un momento, lo compruebo."),
        (
            "He mirado el pedido {order}: el paquete sale hoy del almacén.",
            "El reembolso está hecho y llega en cinco días laborables.",
            "Le he enviado una nueva etiqueta de devolución por correo.",
            "Hoy le enviamos otro.",
        ),
        ("De nada. ¡Que tenga un buen día!", "Con mucho gusto, ¡hasta pronto!"),
        (
            "Tenía que haber llegado la semana pasada",
            "¿Y cuándo me devuelven el dinero?",
            "La caja venía abierta",
            "Llevo nueve días esperando",
        ),
        ("Gracias, eso es todo", "Perfecto, muchas gracias"),
    ),
}
NOTES: Sequence[str] = (
    "Asked the carrier, waiting for their answer.",
    "Refund booked by hand, see the shop's back office.",
    "Wants it before the weekend; express was agreed.",
    "Second time the same thing happens to them.",
    "Very friendly. Sent a voucher.",
)
TAGS: Sequence[str] = (
    *("delivery", "delivery", "delivery", "refund", "refund", "damaged", "damaged", "voucher", "vip", "bug"),
    *("praise", "wrong intent"),
)
# Comments beside a score: of who is delighted, of who finds it all right, of who is not content.
COMMENTS: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    "en": (
        (
            "So quick, I didn't expect that from a bot",
            "Very helpful, thank you",
            "Sorted in two minutes. Great service!",
            "Clear answers and no waiting on the phone",
            "Lovely, will order again",
            "It just worked",
        ),
        ("It was okay", "Took a while but it worked in the end", "Fine, though I had to repeat myself"),
        (
            "It did not understand me at all",
            "I still don't know where my parcel is",
            "Nobody answered my question",
            "I want to talk to a human, not a machine",
            "Waited far too long",
            "Still no refund after three weeks",
            "The code never arrived",
        ),
    ),
    "de": (
        ("Sehr schnell und freundlich", "Alles in zwei Minuten erledigt, danke", "Besser als jede Hotline"),
        ("War in Ordnung", "Hat am Ende geklappt"),
        ("Hat mich überhaupt nicht verstanden", "Ich warte immer noch auf mein Paket", "Viel zu lange gewartet"),
    ),
    "fr": (
        ("Très rapide, merci", "Réponse claire, bravo"),
        ("Correct", "Un peu long mais utile"),
        ("Il n'a rien compris", "Toujours pas de colis", "Trop d'attente"),
    ),
    "es": (
        ("Muy rápido, gracias", "Todo resuelto en un momento"),
        ("Está bien", "Tardó un poco"),
        ("No me entendió", "Sigo sin saber nada de mi pedido", "Demasiada espera"),
    ),
}
FOLLOWED_UP: Mapping[str, Sequence[str]] = {
    "put_right": ("Refunded the delivery charge.", "Sent a new one by express.", "Parcel found, arrives tomorrow."),
    "explained": ("Explained why it took so long, was fine with it.", "Told them how returns work."),
    "unreachable": ("No answer to two e-mails.", "Number is not in service."),
    "nothing_to_do": ("Had been settled already.", "Pressed the wrong number."),
}
