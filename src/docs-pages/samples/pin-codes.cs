// @step grant
using Seam.Client;

var seam = new SeamClient();

// A virtual Salto KS site, which makes its PINs itself.
var systems = seam.Acs.Systems.List();
var acsSystemId = systems.First(s => s.ExternalType == "salto_ks_site").AcsSystemId;

var entrances = seam.Acs.Entrances.List(acsSystemId: acsSystemId);
var codeEntrances = entrances.Where(e => e.CanUnlockWithCode).ToList();

var accessGrant = seam.AccessGrants.Create(
  userIdentity: new UserIdentity { FullName = "Jane Doe" },
  acsEntranceIds: new List<string> { codeEntrances[0].AcsEntranceId },
  requestedAccessMethods: new List<RequestedAccessMethod>
  {
    new RequestedAccessMethod { Mode = "code" }
  }
);
// @step code
AccessMethod accessMethod;
do
{
  Thread.Sleep(200);
  accessMethod = seam.AccessMethods.Get(
    accessMethodId: accessGrant.AccessMethodIds[0]
  );
} while (!accessMethod.IsIssued);
Console.WriteLine($"PIN: {accessMethod.Code}");
