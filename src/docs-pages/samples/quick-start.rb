# @step system
require "seam"
require "time"

seam = Seam.new # Seam automatically uses your exported SEAM_API_KEY and SEAM_ENDPOINT.

# The virtual Salto Space of the sandbox.
systems = seam.acs.systems.list
acs_system_id = systems.find { |s| s.external_type == "salto_space_system" }.acs_system_id
# @step create
# Identify the IDs of the entrances to which
# you want to grant access.
entrances = seam.acs.entrances.list(
  acs_system_id: acs_system_id
)

# Create the Access Grant.
access_grant = seam.access_grants.create(
  # Create a new user identity to represent your user.
  user_identity: {
    full_name: "Jane Doe"
  },
  # Specify the IDs of the entrances to which you want to grant access.
  acs_entrance_ids: [
    entrances[0].acs_entrance_id,
    entrances[1].acs_entrance_id
  ],
  # Specify the access methods that you want to issue.
  requested_access_methods: [
    { mode: "card" },
    { mode: "mobile_key" }
  ],
  # Specify the access schedule: three days from now on.
  starts_at: Time.now.utc.iso8601,
  ends_at: (Time.now + 3 * 24 * 60 * 60).utc.iso8601
)
# @step poll
access_methods = seam.access_methods.list(
  access_grant_id: access_grant.access_grant_id
)
mobile_key_id = access_methods.find { |m| m.mode == "mobile_key" }.access_method_id

loop do
  sleep 0.2
  mobile_key = seam.access_methods.get(access_method_id: mobile_key_id)
  break if mobile_key.is_issued
end
# @step deliver
puts "Send this link to Jane: #{access_grant.instant_key_url}"
