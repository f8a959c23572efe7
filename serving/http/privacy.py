"""Rights of persons: to get their data, to be erased, to object to profiling."""

from pydantic import TypeAdapter, ValidationError

from serving.http.endpoint import House, Operation
from serving.http.privacy_answers import (
    ErasureAnswer,
    ExportAnswer,
    ObjectionAnswer,
    ObjectionRequest,
)
from serving.privacy.auditing import Audit, path_id
from serving.privacy.erased import refuse_erased, unknown_customer
from serving.privacy.erasing import Eraser
from serving.privacy.exporting import export
from serving.privacy.home import Home
from serving.privacy.ids import new_erasure_id
from serving.privacy.objecting import object_to_profiling
from serving.problems import parse_body
from serving.requests import Identifier

_PATIENCE_S = 25.0  # the service answers every request within 30
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


def export_customer(house: House, _: bytes, customer_id: str) -> object:
    """Return everything that is held of a person, for them and for a machine to read."""
    application = house.application()
    return export(Home(house.stores, house.settings), application, customer_id, house.clock())


def erase_customer(house: House, _: bytes, customer_id: str) -> object:
    """Erase a person everywhere, and return the receipt; the same again returns it again."""
    home = Home(house.stores, house.settings)
    return Eraser(home, house.clock, new_erasure_id).erase_within(customer_id, _PATIENCE_S)


def object_to_profile(house: House, body: bytes, customer_id: str) -> object:
    """Object to profiling: it binds the next decision of every worker."""
    now = house.clock()
    request = parse_body(ObjectionRequest, body, now)
    stores = house.stores
    _check_id(customer_id)
    refuse_erased(stores, customer_id)
    accepted = object_to_profiling(stores, customer_id, request.purposes, request.source, now)
    return {"accepted": accepted, "effective_at": now}


def _check_id(customer_id: str) -> None:
    """Refuse what no customer can be called: the path is not checked by a model."""
    try:
        _IDENTIFIER.validate_python(customer_id)
    except ValidationError as error:
        raise unknown_customer(customer_id) from error


OPERATIONS = (
    Operation(
        "/v1/customers/{customer_id}/export",
        "GET",
        export_customer,
        ("crm",),
        ExportAnswer,
        slow=True,
        refusals=(404,),
        audit=Audit("customer.export", path_id),
    ),
    Operation(
        "/v1/customers/{customer_id}",
        "DELETE",
        erase_customer,
        ("crm",),
        ErasureAnswer,
        slow=True,
        refusals=(404,),
        audit=Audit("customer.erase", path_id),
    ),
    Operation(
        "/v1/customers/{customer_id}/objection",
        "POST",
        object_to_profile,
        ("crm", "ingest"),
        ObjectionAnswer,
        ObjectionRequest,
        slow=True,
        refusals=(404,),
        audit=Audit("customer.object", path_id),
    ),
)
