"""The pages of figures before the plant has any unit."""

from tests.factories import make_user


def test_a_plant_without_units_says_what_comes_first(client, db):
    client.force_login(make_user("first"))
    for address in ("/figures/", "/figures/targets/", "/figures/follow-up/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "The plant has no units yet" in answer.content.decode()
