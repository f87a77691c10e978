// @step entrances
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Seam.Client;

var seam = new SeamClient();

// The virtual Salto Space of the sandbox.
var systems = seam.Acs.Systems.List();
var acsSystemId = systems
  .First(s => s.ExternalType == "salto_space_system")
  .AcsSystemId;

var entrances = seam.Acs.Entrances.List(
  acsSystemId: acsSystemId
);

var cardEntrances = entrances
  .Where(e => e.CanUnlockWithCard)
  .ToList();
// @step grant
var userIdentity = seam.UserIdentities.Create(
  fullName: "Jane Doe"
);

var accessGrant = seam.AccessGrants.Create(
  userIdentityId: userIdentity.UserIdentityId,
  acsEntranceIds: new List<string>
  {
    cardEntrances[0].AcsEntranceId
  },
  requestedAccessMethods: new List<RequestedAccessMethod>
  {
    new RequestedAccessMethod { Mode = "card" }
  },
  startsAt: DateTime.UtcNow.ToString("o"),
  endsAt: DateTime.UtcNow.AddDays(3).ToString("o")
);
// @step methods
var accessMethods = seam.AccessMethods.List(
  accessGrantId: accessGrant.AccessGrantId
);

var card = accessMethods[0];
Console.WriteLine($"Encoding required: {card.IsEncodingRequired}");
// @step encode
var encoder = seam.Acs.Encoders.List(
  acsSystemIds: new List<string> { acsSystemId }
)[0];

var actionAttempt = seam.AccessMethods.Encode(
  accessMethodId: card.AccessMethodId,
  acsEncoderId: encoder.AcsEncoderId
);
Console.WriteLine($"Card number: {actionAttempt.Result.CardNumber}");
// @step related
var related = seam.AccessMethods.GetRelated(
  accessMethodIds: new List<string> { card.AccessMethodId }
);

// related.AcsEntrances: entrances this card unlocks
Console.WriteLine($"Opens: {related.AcsEntrances[0].DisplayName}");
// @step door
// The sandbox is no part of the SDK: plain HTTP reaches it.
var http = new HttpClient
{
  BaseAddress = new Uri(Environment.GetEnvironmentVariable("SEAM_ENDPOINT")!)
};
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
  "Bearer",
  Environment.GetEnvironmentVariable("SEAM_API_KEY")
);
var response = await http.PostAsJsonAsync("/sandbox/doors/present_card", new
{
  acs_entrance_id = cardEntrances[0].AcsEntranceId,
  card_number = actionAttempt.Result.CardNumber
});
var answer = await response.Content.ReadFromJsonAsync<JsonNode>();
Console.WriteLine($"At the door: {answer!["door_attempt"]!["reason"]}");
