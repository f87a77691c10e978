<?php
// @step grant
require "vendor/autoload.php";

// The endpoint is the second argument: this SDK has no variable for it.
$seam = new Seam\SeamClient(getenv("SEAM_API_KEY"), getenv("SEAM_ENDPOINT"));

// A virtual Salto KS site, which makes its PINs itself.
$systems = $seam->acs->systems->list();
$saltoKs = array_filter($systems, fn($s) => $s->external_type === "salto_ks_site");
$acs_system_id = reset($saltoKs)->acs_system_id;

$entrances = $seam->acs->entrances->list(acs_system_id: $acs_system_id);
$codeEntrances = array_values(array_filter(
  $entrances,
  fn($e) => $e->can_unlock_with_code
));

$accessGrant = $seam->access_grants->create(
  user_identity: ["full_name" => "Jane Doe"],
  acs_entrance_ids: [$codeEntrances[0]->acs_entrance_id],
  requested_access_methods: [["mode" => "code"]]
);
// @step code
do {
  usleep(200_000);
  $accessMethod = $seam->access_methods->get(
    access_method_id: $accessGrant->access_method_ids[0]
  );
} while (!$accessMethod->is_issued);
echo "PIN: " . $accessMethod->code . PHP_EOL;
