// @step entrances
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

var entrances = seam.acs().entrances().list(
  AcsEntrancesListRequest.builder()
    .acsSystemId(acsSystemId)
    .build()
);

var cardEntrances = entrances.stream()
  .filter(e -> e.getCanUnlockWithCard())
  .toList();
// @step grant
var userIdentity = seam.userIdentities().create(
  UserIdentitiesCreateRequest.builder()
    .fullName("Jane Doe")
    .build()
);

var accessGrant = seam.accessGrants().create(
  AccessGrantsCreateRequest.builder()
    .userIdentityId(userIdentity.getUserIdentityId())
    .acsEntranceIds(List.of(
      cardEntrances.get(0).getAcsEntranceId()
    ))
    .requestedAccessMethods(List.of(
      RequestedAccessMethod.builder()
        .mode("card")
        .build()
    ))
    .startsAt(Instant.now().toString())
    .endsAt(Instant.now().plus(Duration.ofDays(3)).toString())
    .build()
);
// @step methods
var accessMethods = seam.accessMethods().list(
  AccessMethodsListRequest.builder()
    .accessGrantId(accessGrant.getAccessGrantId())
    .build()
);

var card = accessMethods.get(0);
System.out.println("Encoding required: " + card.getIsEncodingRequired());
// @step encode
var encoder = seam.acs().encoders().list(
  AcsEncodersListRequest.builder()
    .acsSystemIds(List.of(acsSystemId))
    .build()
).get(0);

var actionAttempt = seam.accessMethods().encode(
  AccessMethodsEncodeRequest.builder()
    .accessMethodId(card.getAccessMethodId())
    .acsEncoderId(encoder.getAcsEncoderId())
    .build()
);
System.out.println("Card number: " + actionAttempt.getResult().getCardNumber());
// @step related
var related = seam.accessMethods().getRelated(
  AccessMethodsGetRelatedRequest.builder()
    .accessMethodIds(List.of(card.getAccessMethodId()))
    .build()
);

// related.getAcsEntrances(): entrances this card unlocks
System.out.println("Opens: " + related.getAcsEntrances().get(0).getDisplayName());
// @step door
// The sandbox is no part of the SDK: plain HTTP reaches it.
var request = HttpRequest.newBuilder()
  .uri(URI.create(System.getenv("SEAM_ENDPOINT") + "/sandbox/doors/present_card"))
  .header("Authorization", "Bearer " + System.getenv("SEAM_API_KEY"))
  .header("Content-Type", "application/json")
  .POST(HttpRequest.BodyPublishers.ofString("""
    { "acs_entrance_id": "%s", "card_number": "%s" }
    """.formatted(
      cardEntrances.get(0).getAcsEntranceId(),
      actionAttempt.getResult().getCardNumber()
    )))
  .build();
var answer = HttpClient.newHttpClient().send(
  request,
  HttpResponse.BodyHandlers.ofString()
);
System.out.println("At the door: " + answer.body());
