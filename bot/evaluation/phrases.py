"""The ways in which the scripted customer says things: tables of words, no decisions."""

from __future__ import annotations

from collections.abc import Mapping

from bot.evaluation.wishes import Kind

Phrases = tuple[str, ...]

GREETINGS: Phrases = ("Hi", "Hello", "Hey there", "Good morning", "hi!", "Hello, I hope you can help me")
IDENTITIES: Phrases = (
    "I'm {name}, my zip code is {postcode}",
    "My name is {name} and my zip is {postcode}",
    "This is {name}, {postcode}",
    "{name} here, zip code {postcode}",
    "{name}, {postcode}",
    "I am {name} and I live in {postcode}",
)
EMAIL_IDENTITIES: Phrases = (
    "I'm {name}, my email is {email}",
    "My email address is {email}",
    "{name} here, {email}",
    "My name is {name} ({email})",
    "This is {name}, you have me as {email}",
)
NO_EMAIL: Phrases = (
    "I don't remember my email. I'm {name}, zip code {postcode}",
    "Sorry, I don't know which email I used. My name is {name} and my zip is {postcode}",
    "no idea which address that was. {name}, {postcode}",
    "I can't recall my email address. {name}, I live in {postcode}",
    "Not sure about the email, but my name is {name} and my zip code is {postcode}",
    "I forgot which email it is, can you find me by name? {name}, {postcode}",
)
NO_POSTCODE: Phrases = (
    "I don't know which zip code you have. Can you email me a code?",
    "not sure about the zip code, send me a code please",
    "I've moved, so I don't know the zip. Please e-mail me a code instead",
    "Can't you send a code to my email instead?",
    "I'd rather get a code by email",
)
NO_CODE: Phrases = (
    "I didn't get a code. Try {email}",
    "Nothing arrived, maybe it's {email}",
    "no mail came. My other address is {email}",
    "There's no code in my mailbox. Could it be {email}?",
    "I see no email from you, perhaps I used {email}",
)
NEVER_A_CODE: Phrases = (
    "I never got a code. I'm {name}, zip {postcode}",
    "No code came. My name is {name}, {postcode}",
)
OPENED_BY: Phrases = ("", "", "Please help me with this: ", "I have a request. ", "So, ")
ALSO: Phrases = ("Also, ", "And another thing: ", "Next, ", "Then ", "One more thing: ", "Besides that, ", "")
AGAIN: Phrases = ("", "What I want is this: ", "Let me say it again. ", "Sorry, I mean: ", "Once more: ")
JOINED: Phrases = (". Also, ", ". And ", ", and also ", ". Besides, ", "; and then ")

# By kind: with the fact that makes the wish whole, and without it.
WISHES: Mapping[Kind, Phrases] = {
    Kind.CANCEL: (
        "I'd like to cancel {order}",
        "Please cancel {order}",
        "Can you cancel {order} for me?",
        "I want {order} cancelled",
        "I need to cancel {order}",
        "cancel {order} please",
        "Could you call off {order}?",
        "I don't want {order} any more, please cancel it",
    ),
    Kind.ORDER_ADDRESS: (
        "Please send {order} to {address}",
        "I need to change the delivery address of {order} to {address}",
        "Can you ship {order} to {address} instead?",
        "The address on {order} is wrong, it should be {address}",
        "change the shipping address for {order} to {address}",
        "I'd like {order} delivered to {address}",
        "Could you update the address of {order}? It should go to {address}",
    ),
    Kind.DEFAULT_ADDRESS: (
        "Please change my default address to {address}",
        "My default address should be {address}",
        "I'd like to update the address in my profile to {address}",
        "Can you set my account's address to {address}?",
        "change my user address to {address}",
        "I moved, my profile's address is {address} now",
    ),
    Kind.CHANGE_ITEMS: (
        "I'd like to change {swaps}{in_order}",
        "Can you change {swaps}{in_order}?",
        "I want to modify my pending order: {swaps}{in_order}",
        "Please swap {swaps}{in_order}, it hasn't shipped yet",
        "I need to change {swaps}{in_order}",
        "Could I still change {swaps}{in_order}?",
        "I ordered the wrong version. Please change {swaps}{in_order}",
    ),
    Kind.EXCHANGE: (
        "I'd like to exchange {swaps}{from_order}",
        "Can I exchange {swaps}{from_order}?",
        "I want to swap {swaps}{from_order}",
        "Please exchange {swaps}{from_order}",
        "I need an exchange: {swaps}{from_order}",
        "exchange {swaps}{from_order} please",
        "I received the wrong thing for me, so I'd like to exchange {swaps}{from_order}",
    ),
    Kind.RETURN: (
        "I'd like to return {things}{from_order}",
        "I want to send back {things}{from_order}",
        "Can I return {things}{from_order}?",
        "Please arrange a return for {things}{from_order}",
        "I need to return {things}{from_order}",
        "return {things}{from_order} please",
        "I want my money back for {things}{from_order}, I'd like to return that",
    ),
    Kind.PAYMENT: (
        "I'd like to pay {order} with {payment} instead",
        "Please change the payment method of {order} to {payment}",
        "Can you charge {payment} for {order} instead?",
        "I want to use {payment} for {order}",
        "Could I switch {order} to {payment}?",
        "change payment for {order} to {payment}",
    ),
    Kind.PERSON: (
        "I'd like to talk to a human",
        "Can I speak to a real person please?",
        "Transfer me to a human agent",
        "I want a human representative",
        "Please connect me with somebody from your team",
        "This needs a person. Get me an agent",
    ),
    Kind.LOOK_UP: (
        "What's the status of {order}?",
        "First, what is the tracking number of {order}?",
        "Where is {order}?",
        "Can you tell me the tracking number for {order}?",
        "I'd like to know where {order} is",
        "Has {order} been shipped yet?",
    ),
}
BARE_WISHES: Mapping[Kind, Phrases] = {
    Kind.CANCEL: (
        "I'd like to cancel an order",
        "I need to cancel something",
        "Can I cancel an order?",
        "please cancel my order",
        "I want to call off an order",
        "How can I cancel an order? I'd like to do that now",
    ),
    Kind.ORDER_ADDRESS: (
        "I need to change the delivery address of {order}",
        "{order} should go to a different address",
        "Can you change where {order} is sent?",
        "I'd like to change the shipping address for {order}",
        "The address on {order} is wrong",
        "change address of {order}",
    ),
    Kind.DEFAULT_ADDRESS: (
        "I'd like to change my default address",
        "Please update the address in my profile",
        "I need to change my account's address",
        "My default address is wrong, I want to change it",
        "change my user address please",
        "Can you update my default address?",
    ),
    Kind.CHANGE_ITEMS: (
        "I'd like to change {things}{in_order}",
        "I want another version of {things}{in_order}",
        "Can I change {things}{in_order}? It hasn't shipped yet",
        "I need to modify {things}{in_order}",
        "Please change {things}{in_order} to something else",
        "I'd like a different option for {things}{in_order}",
    ),
    Kind.EXCHANGE: (
        "I'd like to exchange {things}{from_order}",
        "Can I exchange {things}{from_order}?",
        "I want to swap {things}{from_order} for another version",
        "I need to exchange {things}{from_order}",
        "exchange {things}{from_order} please",
        "Please exchange {things}{from_order} for a different one",
    ),
    Kind.RETURN: (
        "I'd like to return something{from_order}",
        "I want to return something I received{from_order}",
        "Can I send something back{from_order}?",
        "I need to make a return{from_order}",
        "I have a return{from_order}",
        "How do I return something{from_order}? I want to do it now",
    ),
    Kind.PAYMENT: (
        "I'd like to change the payment method of {order}",
        "Can I pay {order} with something else?",
        "I want to pay {order} differently",
        "please change how {order} is paid",
        "I need another payment method for {order}",
        "switch the payment of {order}",
    ),
}
REASONS: Mapping[str, Phrases] = {
    "no longer needed": (
        "I don't need it any more",
        "It's no longer needed",
        "no longer needed",
        "I have no use for it any more",
        "I just don't need it now",
        "it isn't needed any longer",
    ),
    "ordered by mistake": (
        "I ordered it by mistake",
        "ordered by mistake",
        "That was ordered by mistake",
        "it was a mistake, I didn't mean to order it",
        "I placed it by accident",
        "I ordered it accidentally",
    ),
}
REFUND: Phrases = (
    "Please refund it to {payment}",
    "The refund should go to {payment}",
    "I'd like the money on {payment}",
    "Refund to {payment} please",
    "Put the money back on {payment}",
    "{payment} for the refund please",
)
DIFFERENCE: Phrases = (
    "Use {payment} for the difference",
    "Please use {payment} for any payment or refund",
    "{payment} for the price difference please",
    "I'd pay or get the difference with {payment}",
    "Put any difference on {payment}",
    "Take {payment} for that",
)
SAME_OTHERWISE: Phrases = ("Everything else stays the same", "same otherwise", "Keep the rest as it is")
YES: Phrases = (
    "yes",
    "Yes, please",
    "yes go ahead",
    "Yes, do it",
    "yes, that's right",
    "Yes please, go ahead",
    "confirm",
)
NO: Phrases = ("no", "No", "No, thanks", "no thank you", "no, please don't")
WRONG: Phrases = ("No, ", "Wait, ", "Hold on, ", "No, that's not right: ", "Not quite, ", "Sorry, no: ", "Actually, ")
WITHDRAWN: Phrases = (
    "no, leave it. I changed my mind",
    "No, I'd rather keep it",
    "no, forget it please",
    "Actually no, don't do it",
    "No. I'll keep it after all",
    "no, let's leave everything as it is",
)
NO_NUMBER: Phrases = (
    "I don't have the number. It's {order}",
    "I don't remember the order number, it's {order}",
    "no idea, it's {order}",
    "Can you look it up? I mean {order}",
    "I don't know it by heart. {order}",
)
DONE: Phrases = ("that's all", "nothing else", "just those", "no, that's it", "only that", "that's everything")
NEVER_MIND: Phrases = (
    "never mind",
    "Never mind then",
    "forget it",
    "OK, forget about that",
    "leave that then",
    "doesn't matter, leave it",
)
NOT_THAT: Phrases = (
    "No, not {wrong}, only {things}",
    "I don't want to change {wrong}. It's about {things}",
    "not {wrong}! I mean {things}",
    "{wrong} stays as it is. I want another version of {things}",
    "leave {wrong} alone, it's only {things}",
)
ASIDES: Phrases = (
    "How long does a refund take?",
    "What's your return policy?",
    "How are you today?",
    "Are you a bot?",
    "Do you ship to Canada?",
    "Sorry, I'm typing on my phone",
    "By the way, what payment methods do you accept?",
)
BACK: Phrases = ("OK. Back to my request: ", "Thanks. As I said, ", "Alright. Now, ", "ok, so ")
NO_PERSON: Phrases = ("No, I'd rather do it here. ", "No need for that. ", "I don't want a call. ")
THANKS: Phrases = ("Thanks! ", "Great, thank you. ", "Perfect. ", "ok. ", "", "", "")
FAREWELLS: Phrases = (
    "That's all, thank you. Bye!",
    "Thanks for your help, goodbye",
    "That was all. Bye",
    "bye, thanks!",
)
COMMENTS: Phrases = ("Went well", "No comment", "Quick and easy", "could be faster")
