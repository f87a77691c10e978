// @step grant
var seam = Seam.builder()
  .apiKey(System.getenv("SEAM_API_KEY"))
  .url(System.getenv("SEAM_ENDPOINT"))
  .build();

// A virtual Salto KS site, which makes its PINs itself.
var systems = seam.acs().systems().list();
var acsSystemId = systems.stream()
  .filter(s -> s.getExternalType().toString().equals("salto_ks_site"))
  .findFirst().orElseThrow()
  .getAcsSystemId();

var entrances = seam.acs().entrances().list(
  AcsEntrancesListRequest.builder()
    .acsSystemId(acsSystemId)
    .build()
);
var codeEntrances = entrances.stream()
  .filter(e -> e.getCanUnlockWithCode())
  .toList();

var accessGrant = seam.accessGrants().create(
  AccessGrantsCreateRequest.builder()
    .userIdentity(UserIdentity.builder().fullName("Jane Doe").build())
    .acsEntranceIds(List.of(codeEntrances.get(0).getAcsEntranceId()))
    .requestedAccessMethods(List.of(
      RequestedAccessMethod.builder().mode("code").build()
    ))
    .build()
);
// @step code
AccessMethod accessMethod;
do {
  Thread.sleep(200);
  accessMethod = seam.accessMethods().get(
    AccessMethodsGetRequest.builder()
      .accessMethodId(accessGrant.getAccessMethodIds().get(0))
      .build()
  );
} while (!accessMethod.getIsIssued());
System.out.println("PIN: " + accessMethod.getCode());
