# @step grant
require "seam"

seam = Seam.new

# A virtual Salto KS site, which makes its PINs itself.
systems = seam.acs.systems.list
acs_system_id = systems.find { |s| s.external_type == "salto_ks_site" }.acs_system_id

entrances = seam.acs.entrances.list(acs_system_id: acs_system_id)
code_entrances = entrances.select { |e| e.can_unlock_with_code }

access_grant = seam.access_grants.create(
  user_identity: { full_name: "Jane Doe" },
  acs_entrance_ids: [code_entrances[0].acs_entrance_id],
  requested_access_methods: [{ mode: "code" }]
)
# @step code
access_method = nil
loop do
  sleep 0.2
  access_method = seam.access_methods.get(
    access_method_id: access_grant.access_method_ids[0]
  )
  break if access_method.is_issued
end
puts "PIN: #{access_method.code}"
