<?php
// @step entrances
require "vendor/autoload.php";

// The endpoint is the second argument: this SDK has no variable for it.
$seam = new Seam\SeamClient(getenv("SEAM_API_KEY"), getenv("SEAM_ENDPOINT"));

// The virtual Salto Space of the sandbox.
$systems = $seam->acs->systems->list();
$saltoSpace = array_filter(
  $systems,
  fn($s) => $s->external_type === "salto_space_system"
);
$acs_system_id = reset($saltoSpace)->acs_system_id;

$entrances = $seam->acs->entrances->list(
  acs_system_id: $acs_system_id
);

$cardEntrances = array_values(array_filter(
  $entrances,
  fn($e) => $e->can_unlock_with_card
));
// @step grant
$userIdentity = $seam->user_identities->create(
  full_name: "Jane Doe"
);

$accessGrant = $seam->access_grants->create(
  user_identity_id: $userIdentity->user_identity_id,
  acs_entrance_ids: [$cardEntrances[0]->acs_entrance_id],
  requested_access_methods: [["mode" => "card"]],
  starts_at: gmdate("c"),
  ends_at: gmdate("c", time() + 3 * 24 * 60 * 60)
);
// @step methods
$accessMethods = $seam->access_methods->list(
  access_grant_id: $accessGrant->access_grant_id
);

$card = $accessMethods[0];
echo "Encoding required: " . json_encode($card->is_encoding_required) . PHP_EOL;
// @step encode
$encoder = $seam->acs->encoders->list(
  acs_system_ids: [$acs_system_id]
)[0];

// The SDK waits until the card is written.
$actionAttempt = $seam->access_methods->encode(
  access_method_id: $card->access_method_id,
  acs_encoder_id: $encoder->acs_encoder_id
);
echo "Card number: " . $actionAttempt->result->card_number . PHP_EOL;
// @step related
$related = $seam->access_methods->get_related(
  access_method_ids: [$card->access_method_id]
);

echo "Opens: " . $related->acs_entrances[0]->display_name . PHP_EOL; // entrances this card unlocks
// @step door
// The sandbox is no part of the SDK: its HTTP client reaches it.
$answer = $seam->request("POST", "/sandbox/doors/present_card", json: [
  "acs_entrance_id" => $cardEntrances[0]->acs_entrance_id,
  "card_number" => $actionAttempt->result->card_number
]);
echo "At the door: " . $answer->door_attempt->reason . PHP_EOL;
