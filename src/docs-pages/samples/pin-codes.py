# @step grant
import time

from seam import Seam

seam = Seam()

# A virtual Salto KS site, which makes its PINs itself.
systems = seam.acs.systems.list()
acs_system_id = next(s.acs_system_id for s in systems if s.external_type == "salto_ks_site")

entrances = seam.acs.entrances.list(acs_system_id=acs_system_id)
code_entrances = [e for e in entrances if e.can_unlock_with_code]

access_grant = seam.access_grants.create(
    user_identity={"full_name": "Jane Doe"},
    acs_entrance_ids=[code_entrances[0].acs_entrance_id],
    requested_access_methods=[{"mode": "code"}],
)
# @step code
while True:
    time.sleep(0.2)
    access_method = seam.access_methods.get(
        access_method_id=access_grant.access_method_ids[0]
    )
    if access_method.is_issued:
        break
print("PIN:", access_method.code)
