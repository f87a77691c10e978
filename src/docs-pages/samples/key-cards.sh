# @step entrances
# The virtual Salto Space of the sandbox.
acs_system_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/systems/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{}' | jq -r '.acs_systems[] | select(.external_type == "salto_space_system").acs_system_id')

acs_entrance_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/entrances/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "acs_system_id": "'"${acs_system_id}"'"
}' | jq -r 'first(.acs_entrances[] | select(.can_unlock_with_card)).acs_entrance_id')
# @step grant
user_identity_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/user_identities/create" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "full_name": "Jane Doe"
}' | jq -r '.user_identity.user_identity_id')

access_grant_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_grants/create" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "user_identity_id": "'"${user_identity_id}"'",
  "acs_entrance_ids": ["'"${acs_entrance_id}"'"],
  "requested_access_methods": [{ "mode": "card" }],
  "starts_at": "'"$(jq -nr 'now | todate')"'",
  "ends_at": "'"$(jq -nr 'now + 3 * 24 * 60 * 60 | todate')"'"
}' | jq -r '.access_grant.access_grant_id')
# @step methods
card=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_methods/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "access_grant_id": "'"${access_grant_id}"'"
}' | jq '.access_methods[0]')

access_method_id=$(jq -r '.access_method_id' <<<"${card}")
echo "Encoding required: $(jq -r '.is_encoding_required' <<<"${card}")"
# @step encode
acs_encoder_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/acs/encoders/list" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "acs_system_ids": ["'"${acs_system_id}"'"]
}' | jq -r '.acs_encoders[0].acs_encoder_id')

action_attempt_id=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_methods/encode" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "access_method_id": "'"${access_method_id}"'",
  "acs_encoder_id": "'"${acs_encoder_id}"'"
}' | jq -r '.action_attempt.action_attempt_id')

# Ask until the card is written: the SDKs do this by themselves.
until action_attempt=$(curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/action_attempts/get" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "action_attempt_id": "'"${action_attempt_id}"'"
}') && jq -e '.action_attempt.status != "pending"' <<<"${action_attempt}" >/dev/null; do sleep 0.2; done

card_number=$(jq -r '.action_attempt.result.card_number' <<<"${action_attempt}")
echo "Card number: ${card_number}"
# @step related
curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/access_methods/get_related" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "access_method_ids": ["'"${access_method_id}"'"]
}' | jq -r '"Opens: \(.batch.acs_entrances[0].display_name)"'
# @step door
curl -sS -X 'POST' \
  "${SEAM_ENDPOINT}/sandbox/doors/present_card" \
  -H "Authorization: Bearer ${SEAM_API_KEY}" \
  -H 'Content-Type: application/json' \
  -d '{
  "acs_entrance_id": "'"${acs_entrance_id}"'",
  "card_number": "'"${card_number}"'"
}' | jq -r '"At the door: \(.door_attempt.reason)"'
