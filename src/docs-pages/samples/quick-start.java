// @step system
var seam = Seam.builder()
  .apiKey(System.getenv("SEAM_API_KEY"))
  .url(System.getenv("SEAM_ENDPOINT"))
  .build();

// The virtual Salto Space of the sandbox.
var systems = seam.acs().systems().list();
var acsSystemId = systems.stream()
  .filter(s -> s.getExternalType().toString().equals("salto_space_system"))
  .findFirst().orElseThrow()
  .getAcsSystemId();
// @step create
// Identify the IDs of the entrances to which
// you want to grant access.
var entrances = seam.acs().entrances().list(
  AcsEntrancesListRequest.builder()
    .acsSystemId(acsSystemId)
    .build()
);

// Create the Access Grant.
var accessGrant = seam.accessGrants().create(
  AccessGrantsCreateRequest.builder()
    // Create a new user identity to represent your user.
    .userIdentity(UserIdentity.builder().fullName("Jane Doe").build())
    // Specify the IDs of the entrances to which you want to grant access.
    .acsEntranceIds(List.of(
      entrances.get(0).getAcsEntranceId(),
      entrances.get(1).getAcsEntranceId()
    ))
    // Specify the access methods that you want to issue.
    .requestedAccessMethods(List.of(
      RequestedAccessMethod.builder().mode("card").build(),
      RequestedAccessMethod.builder().mode("mobile_key").build()
    ))
    // Specify the access schedule: three days from now on.
    .startsAt(Instant.now().toString())
    .endsAt(Instant.now().plus(Duration.ofDays(3)).toString())
    .build()
);
// @step poll
var accessMethods = seam.accessMethods().list(
  AccessMethodsListRequest.builder()
    .accessGrantId(accessGrant.getAccessGrantId())
    .build()
);
var mobileKey = accessMethods.stream()
  .filter(m -> m.getMode().toString().equals("mobile_key"))
  .findFirst().orElseThrow();

while (!mobileKey.getIsIssued()) {
  Thread.sleep(200);
  mobileKey = seam.accessMethods().get(
    AccessMethodsGetRequest.builder()
      .accessMethodId(mobileKey.getAccessMethodId())
      .build()
  );
}
// @step deliver
System.out.println("Send this link to Jane: " + accessGrant.getInstantKeyUrl());
