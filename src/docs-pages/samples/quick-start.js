// @step system
import { Seam } from 'seam'

const seam = new Seam() // Seam automatically uses your exported SEAM_API_KEY and SEAM_ENDPOINT.

// The virtual Salto Space of the sandbox.
const systems = await seam.acs.systems.list()
const { acs_system_id } = systems.find((s) => s.external_type === 'salto_space_system')
// @step create
// Identify the IDs of the entrances to which
// you want to grant access.
const entrances = await seam.acs.entrances.list({ acs_system_id })

// Create the Access Grant.
const accessGrant = await seam.accessGrants.create({
  // Create a new user identity to represent your user.
  user_identity: {
    full_name: 'Jane Doe',
  },
  // Specify the IDs of the entrances to which you want to grant access.
  acs_entrance_ids: [entrances[0].acs_entrance_id, entrances[1].acs_entrance_id],
  // Specify the access methods that you want to issue.
  requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
  // Specify the access schedule: three days from now on.
  starts_at: new Date().toISOString(),
  ends_at: new Date(Date.now() + 3 * 24 * 60 * 60 * 1000).toISOString(),
})
// @step poll
const accessMethods = await seam.accessMethods.list({
  access_grant_id: accessGrant.access_grant_id,
})
const mobileKeyId = accessMethods.find((m) => m.mode === 'mobile_key').access_method_id

let mobileKey
do {
  await new Promise((resolve) => setTimeout(resolve, 200))
  mobileKey = await seam.accessMethods.get({ access_method_id: mobileKeyId })
} while (!mobileKey.is_issued)
// @step deliver
console.log('Send this link to Jane:', accessGrant.instant_key_url)
