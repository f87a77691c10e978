// @step grant
import { Seam } from 'seam'

const seam = new Seam()

// A virtual Salto KS site, which makes its PINs itself.
const systems = await seam.acs.systems.list()
const { acs_system_id } = systems.find((s) => s.external_type === 'salto_ks_site')

const entrances = await seam.acs.entrances.list({ acs_system_id })
const codeEntrances = entrances.filter((e) => e.can_unlock_with_code)

const accessGrant = await seam.accessGrants.create({
  user_identity: { full_name: 'Jane Doe' },
  acs_entrance_ids: [codeEntrances[0].acs_entrance_id],
  requested_access_methods: [{ mode: 'code' }],
})
// @step code
let accessMethod
do {
  await new Promise((resolve) => setTimeout(resolve, 200))
  accessMethod = await seam.accessMethods.get({
    access_method_id: accessGrant.access_method_ids[0],
  })
} while (!accessMethod.is_issued)
console.log('PIN:', accessMethod.code)
