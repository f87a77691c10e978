# @step entrances
require "seam"
require "time"

seam = Seam.new

# The virtual Salto Space of the sandbox.
systems = seam.acs.systems.list
acs_system_id = systems.find { |s| s.external_type == "salto_space_system" }.acs_system_id

entrances = seam.acs.entrances.list(
  acs_system_id: acs_system_id
)

card_entrances = entrances.select do |e|
  e.can_unlock_with_card
end
# @step grant
user_identity = seam.user_identities.create(
  full_name: "Jane Doe"
)

access_grant = seam.access_grants.create(
  user_identity_id: user_identity.user_identity_id,
  acs_entrance_ids: [card_entrances[0].acs_entrance_id],
  requested_access_methods: [{ mode: "card" }],
  starts_at: Time.now.utc.iso8601,
  ends_at: (Time.now + 3 * 24 * 60 * 60).utc.iso8601
)
# @step methods
access_methods = seam.access_methods.list(
  access_grant_id: access_grant.access_grant_id
)

card = access_methods[0]
puts "Encoding required: #{card.is_encoding_required}"
# @step encode
encoder = seam.acs.encoders.list(
  acs_system_ids: [acs_system_id]
)[0]

# The SDK waits until the card is written.
action_attempt = seam.access_methods.encode(
  access_method_id: card.access_method_id,
  acs_encoder_id: encoder.acs_encoder_id
)
puts "Card number: #{action_attempt.result.card_number}"
# @step related
related = seam.access_methods.get_related(
  access_method_ids: [card.access_method_id]
)

puts "Opens: #{related.acs_entrances[0].display_name}"  # entrances this card unlocks
# @step door
# The sandbox is no part of the SDK: its HTTP client reaches it.
answer = seam.client.post("/sandbox/doors/present_card", {
  acs_entrance_id: card_entrances[0].acs_entrance_id,
  card_number: action_attempt.result.card_number
}).body
puts "At the door: #{answer["door_attempt"]["reason"]}"
