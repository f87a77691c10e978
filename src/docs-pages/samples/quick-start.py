# @step system
import time
from datetime import datetime, timedelta, timezone

from seam import Seam

seam = Seam()  # Seam automatically uses your exported SEAM_API_KEY and SEAM_ENDPOINT.

# The virtual Salto Space of the sandbox.
systems = seam.acs.systems.list()
acs_system_id = next(s.acs_system_id for s in systems if s.external_type == "salto_space_system")
# @step create
# Identify the IDs of the entrances to which
# you want to grant access.
entrances = seam.acs.entrances.list(
    acs_system_id=acs_system_id
)

# Create the Access Grant.
now = datetime.now(timezone.utc)
access_grant = seam.access_grants.create(
    # Create a new user identity to represent your user.
    user_identity={
        "full_name": "Jane Doe",
    },
    # Specify the IDs of the entrances to which you want to grant access.
    acs_entrance_ids=[
        entrances[0].acs_entrance_id,
        entrances[1].acs_entrance_id,
    ],
    # Specify the access methods that you want to issue.
    requested_access_methods=[
        {"mode": "card"},
        {"mode": "mobile_key"},
    ],
    # Specify the access schedule: three days from now on.
    starts_at=now.isoformat(),
    ends_at=(now + timedelta(days=3)).isoformat(),
)
# @step poll
access_methods = seam.access_methods.list(
    access_grant_id=access_grant.access_grant_id
)
mobile_key_id = next(m.access_method_id for m in access_methods if m.mode == "mobile_key")

while True:
    time.sleep(0.2)
    mobile_key = seam.access_methods.get(access_method_id=mobile_key_id)
    if mobile_key.is_issued:
        break
# @step deliver
print("Send this link to Jane:", access_grant.instant_key_url)
