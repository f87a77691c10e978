# @step entrances
from datetime import datetime, timedelta, timezone

from seam import Seam

seam = Seam()

# The virtual Salto Space of the sandbox.
systems = seam.acs.systems.list()
acs_system_id = next(s.acs_system_id for s in systems if s.external_type == "salto_space_system")

entrances = seam.acs.entrances.list(
    acs_system_id=acs_system_id
)

card_entrances = [
    e for e in entrances if e.can_unlock_with_card
]
# @step grant
user_identity = seam.user_identities.create(
    full_name="Jane Doe"
)

now = datetime.now(timezone.utc)
access_grant = seam.access_grants.create(
    user_identity_id=user_identity.user_identity_id,
    acs_entrance_ids=[card_entrances[0].acs_entrance_id],
    requested_access_methods=[{"mode": "card"}],
    starts_at=now.isoformat(),
    ends_at=(now + timedelta(days=3)).isoformat(),
)
# @step methods
access_methods = seam.access_methods.list(
    access_grant_id=access_grant.access_grant_id
)

card = access_methods[0]
print("Encoding required:", card.is_encoding_required)
# @step encode
encoder = seam.acs.encoders.list(
    acs_system_ids=[acs_system_id]
)[0]

# The SDK waits until the card is written.
action_attempt = seam.access_methods.encode(
    access_method_id=card.access_method_id,
    acs_encoder_id=encoder.acs_encoder_id,
)
print("Card number:", action_attempt.result.card_number)
# @step related
related = seam.access_methods.get_related(
    access_method_ids=[card.access_method_id]
)

print("Opens:", related.acs_entrances[0].display_name)  # entrances this card unlocks
# @step door
# The sandbox is no part of the SDK: its HTTP client reaches it.
answer = seam.client.post("/sandbox/doors/present_card", json={
    "acs_entrance_id": card_entrances[0].acs_entrance_id,
    "card_number": action_attempt.result.card_number,
})
print("At the door:", answer["door_attempt"]["reason"])
