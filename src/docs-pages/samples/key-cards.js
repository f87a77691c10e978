// @step entrances
import { Seam } from 'seam'

const seam = new Seam()

// The virtual Salto Space of the sandbox.
const systems = await seam.acs.systems.list()
const { acs_system_id } = systems.find((s) => s.external_type === 'salto_space_system')

const entrances = await seam.acs.entrances.list({
  acs_system_id,
})

const cardEntrances = entrances.filter((e) => e.can_unlock_with_card)
// @step grant
const userIdentity = await seam.userIdentities.create({
  full_name: 'Jane Doe',
})

const accessGrant = await seam.accessGrants.create({
  user_identity_id: userIdentity.user_identity_id,
  acs_entrance_ids: [cardEntrances[0].acs_entrance_id],
  requested_access_methods: [{ mode: 'card' }],
  starts_at: new Date().toISOString(),
  ends_at: new Date(Date.now() + 3 * 24 * 60 * 60 * 1000).toISOString(),
})
// @step methods
const accessMethods = await seam.accessMethods.list({
  access_grant_id: accessGrant.access_grant_id,
})

const card = accessMethods[0]
console.log('Encoding required:', card.is_encoding_required)
// @step encode
const [encoder] = await seam.acs.encoders.list({
  acs_system_ids: [acs_system_id],
})

// The SDK waits until the card is written.
const actionAttempt = await seam.accessMethods.encode({
  access_method_id: card.access_method_id,
  acs_encoder_id: encoder.acs_encoder_id,
})
console.log('Card number:', actionAttempt.result.card_number)
// @step related
const related = await seam.accessMethods.getRelated({
  access_method_ids: [card.access_method_id],
})

console.log('Opens:', related.acs_entrances[0].display_name) // entrances this card unlocks
// @step door
// The sandbox is no part of the SDK: its HTTP client reaches it.
const { data } = await seam.client.post('/sandbox/doors/present_card', {
  acs_entrance_id: cardEntrances[0].acs_entrance_id,
  card_number: actionAttempt.result.card_number,
})
console.log('At the door:', data.door_attempt.reason)
