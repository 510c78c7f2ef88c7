"""The AsyncAPI 3.1 document of everything that is told, with Kafka's bindings (version 0.5.0 of them).

What AsyncAPI has no word for stands under `x-…`: producer, consumers, classification, what may leave, the change log.
Texts are "français | English", as in the declarations; whoever shows them shows one half.
"""

from collections.abc import Sequence
from typing import Final

from event_catalogue import envelope, snapshots
from event_catalogue.asyncapi.channels import channels
from event_catalogue.asyncapi.messages import data_schemas, messages
from event_catalogue.asyncapi.names import Document
from event_catalogue.asyncapi.operations import operations
from event_catalogue.compatibility import Promise
from event_catalogue.declarations import Declarations
from event_catalogue.snapshots import Release

ASYNCAPI: Final = "3.1.0"
_DESCRIPTION: Final = (
    "Ce que les services de Vitrail se disent, et ce que des abonnés du dehors peuvent en recevoir. Chaque message est un"
    " CloudEvents 1.0 en mode binaire : la valeur est du JSON, les attributs sont des en-têtes ce_*. Un événement peut"
    " arriver deux fois (même ce_id) et jamais zéro ; ceux d’une même clé arrivent dans l’ordre."
    " | What the services of Vitrail tell each other, and what subscribers outside may receive of it. Each message is a"
    " CloudEvent 1.0 in binary mode: the value is JSON, the attributes are ce_* headers. An event may come twice (same"
    " ce_id) and is never lost; those of one key come in order."
)


def document(declarations: Declarations, released: Sequence[Release]) -> Document:
    """Return the whole document; `released` makes the change logs and the version."""
    promise = snapshots.take(declarations)
    logs = {each.type: snapshots.log(each.type, released, promise) for each in declarations.events}
    return {
        "asyncapi": ASYNCAPI,
        "id": "urn:vitrail:events",
        "info": {
            "title": "Les événements de Vitrail | The events of Vitrail",
            "version": _version(released, promise),
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": channels(declarations),
        "operations": operations(declarations),
        "components": {
            "messages": messages(declarations, logs),
            "schemas": data_schemas(declarations),
            "messageTraits": {
                "inside": {
                    "headers": envelope.inside(),
                    "correlationId": {
                        "description": "La demande d’où tout est parti. | The request from which everything came.",
                        "location": envelope.CORRELATION,
                    },
                },
                "outside": {"headers": envelope.outside()},
            },
            "securitySchemes": {
                "scram": {
                    "type": "scramSha512",
                    "description": "Un compte Kafka par service et par abonné. | A Kafka account for each service and each subscriber.",
                }
            },
        },
    }


def _version(released: Sequence[Release], promise: Promise) -> str:
    if released and released[-1].promise == promise:
        return str(released[-1].number)
    return f"{len(released) + 1}-unreleased"


def _servers() -> Document:
    return {
        "production": {
            "host": "{host}:{port}",
            "protocol": "kafka-secure",
            "description": "Apache Kafka, TLS et SASL. | Apache Kafka, TLS and SASL.",
            "variables": {
                "host": {
                    "default": "kafka.example.ca",
                    "description": "L’adresse que donne l’organisation. | The address that the organisation gives.",
                },
                "port": {"default": "9093"},
            },
            "security": [{"$ref": "#/components/securitySchemes/scram"}],
        },
        "development": {
            "host": "localhost:9092",
            "protocol": "kafka",
            "description": "Un seul nœud, sur cette machine. | One node, on this machine.",
        },
    }
