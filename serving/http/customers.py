"""Looking at customers: a page of them, or one as a whole."""

from features.errors import SourceError
from serving.customer_requests import CustomerQuery, CustomersQuery
from serving.customers.rows import CustomerRows
from serving.customers.satisfaction import satisfaction_of
from serving.customers.view import CustomerViews
from serving.http.customer_answers import CustomerAnswer, CustomersAnswer
from serving.http.endpoint import House, Operation
from serving.privacy.auditing import Audit, listed, path_id
from serving.privacy.erased import of_strangers, refuse_erased
from serving.problems import Problem, parse_body


def list_customers(house: House, parameters: bytes, _: str) -> object:
    """List the customers, page by page, all of them or those whose id holds some words."""
    application = house.application()
    answer = application.customers(parse_body(CustomersQuery, parameters, house.clock()))
    # Another worker may hold the bundle from before an erasure for some seconds more.
    return of_strangers(answer, house.stores.erased(listed(house.stores, answer, "")))


def get_customer(house: House, parameters: bytes, customer_id: str) -> object:
    """Show one customer: profile, history, scores, consents, contacts and open actions."""
    application, now = house.application(), house.clock()
    refuse_erased(house.stores, customer_id)
    query = parse_body(CustomerQuery, parameters, now)
    tables = house.settings.tables if house.settings else None
    views = CustomerViews(house.stores, CustomerRows(tables, house.stores.links))
    try:
        view = views.of(application, customer_id, query, now)
    except SourceError as error:
        raise _no_tables(error) from error
    satisfaction_of(house.settings, [view])
    return view


def _no_tables(error: SourceError) -> Problem:
    return Problem(503, "tables_unavailable", error.message, remedy=error.remedy)


OPERATIONS = (
    Operation(
        "/v1/customers",
        "GET",
        list_customers,
        ("crm",),
        CustomersAnswer,
        query=CustomersQuery,
        slow=True,
        refusals=(404,),
        audit=Audit("customer.list", listed),
    ),
    Operation(
        "/v1/customers/{customer_id}",
        "GET",
        get_customer,
        ("crm",),
        CustomerAnswer,
        query=CustomerQuery,
        slow=True,
        refusals=(404,),
        audit=Audit("customer.view", path_id),
    ),
)
