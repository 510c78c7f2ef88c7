from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.records.context import Context
from services.records.errors import SigningKeyInUse
from services.records.operations import signing_keys, verifying
from services.records.operations.documents import making
from services.records.rules import kinds
from services.records.rules.signatures import GENUINE, NOT_GENUINE, REPLACED
from shared.problems import NotFound
from tests.records.test_verifications import NEW_KEY, OLD_KEY, School, claims_of, school, verify

__all__ = ["school"]


@pytest.fixture
def renewed(make_context: Callable[..., Context], school: School) -> Context:
    """Records after a new key was put at the ring's end."""
    return make_context(signing_keys=(OLD_KEY, NEW_KEY))


@pytest.mark.requirement("KEY-5")
def test_revoke_key_makes_what_it_signed_worthless_and_signs_what_stands(
    ctx: Context, renewed: Context, school: School
) -> None:
    old = [school.write(source_id=f"r-{number}") for number in range(5)]
    replaced = school.write(source_id="r-0", mark="9")
    drafts = school.write(source_id="r-9", is_draft=True)
    School(renewed).write(source_id="r-10")

    assert signing_keys.revoke_key(renewed, kid=ctx.signing.newest_id, batch_size=2) == 6

    assert {verify(renewed, each.signature) for each in (*old, replaced, drafts)} == {NOT_GENUINE}
    now = [school.find(source_id=f"r-{number}") for number in range(5)]
    assert {verify(renewed, each.signature) for each in now} == {GENUINE}
    assert [claims_of(each.signature)["iat"] for each in now] == [claims_of(each.signature)["iat"] for each in old]
    assert [key["kid"] for key in verifying.list_keys(renewed)["keys"]] == [renewed.signing.newest_id]


def test_revoke_key_again_finishes_what_broke_off_and_finds_nothing_then(
    ctx: Context, renewed: Context, school: School
) -> None:
    school.write()
    kid = ctx.signing.newest_id
    assert [signing_keys.revoke_key(renewed, kid=kid) for _ in range(2)] == [1, 0]


def test_revoke_key_has_documents_made_anew(ctx: Context, renewed: Context, school: School) -> None:
    entry = school.write(kinds.STATEMENT)
    old = making.make(ctx, entry=entry, language="fr")
    signing_keys.revoke_key(renewed, kid=ctx.signing.newest_id)
    assert verifying.verify_document(renewed, digest=old.digest).status == NOT_GENUINE
    new = making.make(renewed, entry=school.find(kinds.STATEMENT), language="fr")
    assert new.digest != old.digest
    assert verifying.verify_document(renewed, digest=new.digest).status == GENUINE


def test_a_key_that_only_retired_still_tells_what_was_replaced(renewed: Context, school: School) -> None:
    old = school.write()
    School(renewed).write(mark="9")
    assert verify(renewed, old.signature) == REPLACED


def test_revoke_key_writes_over_no_correction_of_the_same_moment(
    make_context: Callable[..., Context], school: School
) -> None:
    ring = [f"signing-key-{number}-of-the-races-0123456789012" for number in range(5)]
    for number in range(1, 5):
        old, new = make_context(signing_keys=tuple(ring[:number])), make_context(signing_keys=tuple(ring[: number + 1]))
        ids = [f"r-{each}" for each in range(8)]
        for each in ids:
            School(old).write(source_id=each, mark=f"{number}")
        with ThreadPoolExecutor(2) as pool:
            revoked = pool.submit(signing_keys.revoke_key, new, kid=old.signing.newest_id, batch_size=2)
            corrected = pool.submit(_correct, School(new), ids, mark=f"{number},5")
            revoked.result()
            corrected.result()
        assert {verify(new, school.find(source_id=each).signature) for each in ids} == {GENUINE}


def _correct(school: School, source_ids: list[str], *, mark: str) -> None:
    for each in source_ids:
        school.write(source_id=each, mark=mark)


def test_revoke_key_refuses_the_one_that_signs(ctx: Context, school: School) -> None:
    entry = school.write()
    with pytest.raises(SigningKeyInUse):
        signing_keys.revoke_key(ctx, kid=ctx.signing.newest_id)
    assert verify(ctx, entry.signature) == GENUINE


def test_revoke_key_refuses_one_that_never_signed(ctx: Context) -> None:
    with pytest.raises(NotFound):
        signing_keys.revoke_key(ctx, kid="nobody's")


def test_list_keys_tells_which_sign_and_which_are_worthless(ctx: Context, renewed: Context, school: School) -> None:
    school.write()
    School(renewed).write(source_id="r-2")
    signing_keys.revoke_key(renewed, kid=ctx.signing.newest_id)
    found = {each["kid"]: (each["is_signing"], each["revoked_at"]) for each in signing_keys.list_keys(renewed)}
    assert found == {
        ctx.signing.newest_id: (False, renewed.clock.now()),
        renewed.signing.newest_id: (True, None),
    }
