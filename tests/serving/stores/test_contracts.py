"""Every kind of store keeps every contract."""

from tests.serving.stores import contracts, privacy_contracts


class TestConsents(contracts.ConsentContract):
    pass


class TestStock(contracts.StockContract):
    pass


class TestDecisions(contracts.DecisionContract):
    pass


class TestReservations(contracts.ReservationContract):
    pass


class TestRules(contracts.RuleContract):
    pass


class TestLedger(contracts.LedgerContract):
    pass


class TestEvents(contracts.EventContract):
    pass


class TestKeys(contracts.KeyContract):
    pass


class TestLinks(contracts.LinkContract):
    pass


class TestPersons(contracts.PersonContract):
    pass


class TestAudit(privacy_contracts.AuditContract):
    pass


class TestErasures(privacy_contracts.ErasureContract):
    pass


class TestPersonalData(privacy_contracts.PersonalDataContract):
    pass
