"""What a retry library must do, shown by what goes wrong without it."""

import pytest
from retry import Shop, order

from sim import Lan, Match


def lost_answer(lan: Lan, shop: Shop) -> None:
    """The order arrives, and from this packet on nothing comes back for two seconds."""
    lan.host("pc", address="192.168.1.10/24")
    lan.host("shop", address="192.168.1.20/24")
    lan.link(delay="5 ms")
    lan.program("shop", shop.run, service=True)
    with lan.start() as network:
        customer = network.host("pc").run(order, "shop", "order-1", "tea")
        network.run_until(Match("segment received", where="shop", length=lambda octets: octets > 0))
        network.partition("shop", "pc", one_way=True)
        network.run_for("2 s")
        assert not customer.done()
        network.heal()
        customer.wait()
    assert len(shop.asked) > 1


def test_an_order_whose_answer_is_lost_is_carried_out_once(lan: Lan) -> None:
    shop = Shop()
    lost_answer(lan, shop)
    assert shop.orders == ["tea"]


def test_a_shop_that_does_not_recognize_orders_delivers_twice(lan: Lan) -> None:
    """The fault that this test finds: the retry was right, and the server was not made for it."""
    shop = Shop(recognizes=False)
    lost_answer(lan, shop)
    assert len(shop.orders) > 1


@pytest.mark.parametrize(("jitter", "most"), [(True, 8), (False, 20)])
def test_customers_of_a_shop_that_was_closed_do_not_come_back_all_at_once(
    lan: Lan, jitter: bool, most: int
) -> None:
    """How many come in the busiest 100 ms, of twenty that are refused at first: all, if nobody draws."""
    lan.host("shop", address="192.168.1.100/24")
    lan.link(delay="5 ms")
    shop = Shop()
    for number in range(20):
        lan.host(f"pc{number}", address=f"192.168.1.{number + 1}/24")
        lan.program(f"pc{number}", lambda name=f"order-{number}": order("shop", name, "tea", jitter=jitter))
    lan.program("shop", shop.run, service=True, at="2 s")
    lan.run()
    assert len(shop.orders) == 20
    busiest = max(sum(0 <= later - one < 0.1 for later in shop.asked) for one in shop.asked)
    assert busiest <= most if jitter else busiest == most
