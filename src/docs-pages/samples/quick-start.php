<?php
// @step system
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
// @step create
// Identify the IDs of the entrances to which
// you want to grant access.
$entrances = $seam->acs->entrances->list(
  acs_system_id: $acs_system_id
);

// Create the Access Grant.
$accessGrant = $seam->access_grants->create(
  // Create a new user identity to represent your user.
  user_identity: [
    "full_name" => "Jane Doe"
  ],
  // Specify the IDs of the entrances to which you want to grant access.
  acs_entrance_ids: [
    $entrances[0]->acs_entrance_id,
    $entrances[1]->acs_entrance_id
  ],
  // Specify the access methods that you want to issue.
  requested_access_methods: [
    ["mode" => "card"],
    ["mode" => "mobile_key"]
  ],
  // Specify the access schedule: three days from now on.
  starts_at: gmdate("c"),
  ends_at: gmdate("c", time() + 3 * 24 * 60 * 60)
);
// @step poll
$accessMethods = $seam->access_methods->list(
  access_grant_id: $accessGrant->access_grant_id
);
$mobileKeys = array_filter($accessMethods, fn($m) => $m->mode === "mobile_key");
$mobileKeyId = reset($mobileKeys)->access_method_id;

do {
  usleep(200_000);
  $mobileKey = $seam->access_methods->get(access_method_id: $mobileKeyId);
} while (!$mobileKey->is_issued);
// @step deliver
echo "Send this link to Jane: " . $accessGrant->instant_key_url . PHP_EOL;
