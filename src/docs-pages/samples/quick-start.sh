# @step system
# The virtual Salto Space of the sandbox.
acs_system_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/systems/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{}' | jq -r '.acs_systems[] | select(.external_type == "salto_space_system").acs_system_id')
# @step create
# Identify the IDs of the entrances to which
# you want to grant access.
entrances=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/entrances/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "acs_system_id": "'"${acs_system_id}"'"
}')

# Create the Access Grant: a new user identity, two entrances,
# two access methods, and three days from now on.
access_grant=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_grants/create" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "user_identity": { "full_name": "Jane Doe" },
  "acs_entrance_ids": '"$(jq -c '[.acs_entrances[0, 1].acs_entrance_id]' <<<"${entrances}")"',
  "requested_access_methods": [{ "mode": "card" }, { "mode": "mobile_key" }],
  "starts_at": "'"$(jq -nr 'now | todate')"'",
  "ends_at": "'"$(jq -nr 'now + 3 * 24 * 60 * 60 | todate')"'"
}')
# @step poll
access_methods=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_methods/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "access_grant_id": "'"$(jq -r '.access_grant.access_grant_id' <<<"${access_grant}")"'"
}')
mobile_key_id=$(jq -r '.access_methods[] | select(.mode == "mobile_key").access_method_id' <<<"${access_methods}")

until curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_methods/get" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "access_method_id": "'"${mobile_key_id}"'"
}' | jq -e '.access_method.is_issued' >/dev/null; do sleep 0.2; done
# @step deliver
echo "Send this link to Jane: $(jq -r '.access_grant.instant_key_url' <<<"${access_grant}")"
