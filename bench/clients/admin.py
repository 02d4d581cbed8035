"""The admin API by the client that its document generates.

usage: admin.py URL ACCOUNT:PASSWORD
"""

import base64
import sys

from generated import Client
from generated.api.accounts import set_account
from generated.models import AccountBody
from generated.api.runs import runs

url, auth = sys.argv[1:]
client = Client(base_url=url, headers={"Authorization": "Basic " + base64.b64encode(auth.encode()).decode()}, raise_on_unexpected_status=True)

made = set_account.sync_detailed(client=client, name="generated", body=AccountBody.from_dict({"role": "operator"}))
assert made.status_code in (200, 201) and made.parsed.password, made
again = set_account.sync_detailed(client=client, name="generated", body=AccountBody.from_dict({"role": "analyst"}))
assert again.status_code == 200 and again.parsed.role == "analyst", again
page = runs.sync(client=client, limit=1)
assert len(page.runs) <= 1, page
print("admin: accounts and runs by the generated client: as wanted")
