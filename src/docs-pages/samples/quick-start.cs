// @step system
using Seam.Client;

var seam = new SeamClient(); // Seam automatically uses your exported SEAM_API_KEY and SEAM_ENDPOINT.

// The virtual Salto Space of the sandbox.
var systems = seam.Acs.Systems.List();
var acsSystemId = systems
  .First(s => s.ExternalType == "salto_space_system")
  .AcsSystemId;
// @step create
// Identify the IDs of the entrances to which
// you want to grant access.
var entrances = seam.Acs.Entrances.List(
  acsSystemId: acsSystemId
);

// Create the Access Grant.
var accessGrant = seam.AccessGrants.Create(
  // Create a new user identity to represent your user.
  userIdentity: new UserIdentity { FullName = "Jane Doe" },
  // Specify the IDs of the entrances to which you want to grant access.
  acsEntranceIds: new List<string>
  {
    entrances[0].AcsEntranceId,
    entrances[1].AcsEntranceId
  },
  // Specify the access methods that you want to issue.
  requestedAccessMethods: new List<RequestedAccessMethod>
  {
    new RequestedAccessMethod { Mode = "card" },
    new RequestedAccessMethod { Mode = "mobile_key" }
  },
  // Specify the access schedule: three days from now on.
  startsAt: DateTime.UtcNow.ToString("o"),
  endsAt: DateTime.UtcNow.AddDays(3).ToString("o")
);
// @step poll
var accessMethods = seam.AccessMethods.List(
  accessGrantId: accessGrant.AccessGrantId
);
var mobileKey = accessMethods.First(m => m.Mode == "mobile_key");

while (!mobileKey.IsIssued)
{
  Thread.Sleep(200);
  mobileKey = seam.AccessMethods.Get(
    accessMethodId: mobileKey.AccessMethodId
  );
}
// @step deliver
Console.WriteLine($"Send this link to Jane: {accessGrant.InstantKeyUrl}");
