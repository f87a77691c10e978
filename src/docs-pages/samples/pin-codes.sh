# @step grant
# A virtual Salto KS site, which makes its PINs itself.
acs_system_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/systems/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{}' | jq -r '.acs_systems[] | select(.external_type == "salto_ks_site").acs_system_id')

acs_entrance_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/entrances/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "acs_system_id": "'"${acs_system_id}"'"
}' | jq -r 'first(.acs_entrances[] | select(.can_unlock_with_code)).acs_entrance_id')

access_method_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_grants/create" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "user_identity": { "full_name": "Jane Doe" },
  "acs_entrance_ids": ["'"${acs_entrance_id}"'"],
  "requested_access_methods": [{ "mode": "code" }]
}' | jq -r '.access_grant.access_method_ids[0]')
# @step code
until access_method=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_methods/get" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "access_method_id": "'"${access_method_id}"'"
}') && jq -e '.access_method.is_issued' <<<"${access_method}" >/dev/null; do sleep 0.2; done
echo "PIN: $(jq -r '.access_method.code' <<<"${access_method}")"
