#!/usr/bin/env python3
"""Microsoft's own clients against keyturn-sandbox: msal, azure-identity and msgraph-sdk, used as
their documentation shows and not changed in any way.

usage: microsoft-clients.py PATH/TO/keyturn-sandbox

needs: pip install msal azure-identity msgraph-sdk aiohttp

Starts a sandbox of its own on a free port and stops it at the end. Prints one line for each check;
exit status 0 if all of them came out right, 1 if one did not.
"""
import asyncio
import datetime
import os
import subprocess
import sys
import tempfile
import time

failed = []


def check(name, run):
    """Runs one check: a function that raises or asserts."""
    started = time.monotonic()
    try:
        detail = run()
        verdict = "ok"
    except Exception as error:  # the report is the point; the first failure must not end it
        detail = f"{type(error).__name__}: {str(error)[:300]}"
        verdict = "WRONG"
        failed.append(name)
    print(f"{verdict:5} {name}: {detail}  ({time.monotonic() - started:.2f} s)", flush=True)


class Sandbox:
    """A running keyturn-sandbox and what it said about itself."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "--port", "0", "--settle", "none", "--directory", folder],
            stdout=subprocess.PIPE, text=True)
        self.facts = {}
        for line in self.process.stdout:
            if line.rstrip() == "ready":
                break
            name, separator, value = line.rstrip().partition(": ")
            if separator and name not in self.facts:
                self.facts[name] = value
        else:
            raise SystemExit("the sandbox did not start")

    def __getitem__(self, name):
        return self.facts[name]

    def read(self, name):
        with open(self.facts[name]) as file:
            return file.read().strip()

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)


def msal_checks(base, tenant, client, secret):
    import msal

    scopes = [f"{base}/.default"]

    def token(secret=secret, **how):
        app = msal.ConfidentialClientApplication(client, client_credential=secret, **how)
        return app.acquire_token_for_client(scopes)

    def granted(**how):
        answer = token(**how)
        assert "access_token" in answer, answer
        assert answer["token_type"] == "Bearer" and answer["expires_in"] == 3599, answer
        return f"expires in {answer['expires_in']} s"

    def refused():
        answer = token(secret="not-the-secret", authority=f"{base}/{tenant}",
                       instance_discovery=False)
        assert answer["error"] == "invalid_client", answer
        assert answer["error_codes"] == [7000215], answer
        assert answer["error_description"].startswith("AADSTS7000215: "), answer
        assert answer["correlation_id"], answer
        return answer["error_codes"]

    def unknown_tenant():
        try:
            token(authority=f"{base}/00000000-0000-0000-0000-000000000000",
                  instance_discovery=False)
        except ValueError as error:
            assert "AADSTS90002" in str(error) or "Unable to get authority" in str(error), error
            return "refused by discovery"
        raise AssertionError("an unknown tenant was taken for known")

    authority = f"{base}/{tenant}"
    check("msal, instance_discovery=False",
          lambda: granted(authority=authority, instance_discovery=False))
    check("msal, validate_authority=False",
          lambda: granted(authority=authority, validate_authority=False))
    check("msal, instance_discovery=URL",
          lambda: granted(authority=authority,
                          instance_discovery=f"{base}/common/discovery/instance"))
    check("msal, oidc_authority", lambda: granted(oidc_authority=f"{authority}/v2.0"))
    check("msal, domain name as tenant",
          lambda: granted(authority=f"{base}/contoso.onmicrosoft.com", instance_discovery=False))
    check("msal, wrong secret", refused)
    check("msal, unknown tenant", unknown_tenant)


def azure_identity_checks(base, tenant, client, secret):
    import requests
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import ClientSecretCredential

    def credential(secret=secret):
        return ClientSecretCredential(
            tenant, client, secret, authority=base, disable_instance_discovery=True)

    def granted():
        token = credential().get_token(f"{base}/.default")
        assert token.token.count(".") == 2, token.token
        assert 3500 < token.expires_on - time.time() < 3700, token.expires_on
        return "a token"

    def refused():
        try:
            credential("not-the-secret").get_token(f"{base}/.default")
        except ClientAuthenticationError as error:
            assert "AADSTS7000215" in str(error), error
            return "AADSTS7000215"
        raise AssertionError("a wrong secret was accepted")

    def who_am_i():
        token = credential().get_token(f"{base}/.default").token
        answer = requests.get(f"{base}/api/data/v9.2/WhoAmI", timeout=10, headers={
            "Authorization": f"Bearer {token}", "OData-Version": "4.0",
            "OData-MaxVersion": "4.0", "Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        assert {"BusinessUnitId", "UserId", "OrganizationId"} <= answer.json().keys(), answer.text
        return answer.json()["OrganizationId"]

    check("azure-identity", granted)
    check("azure-identity, wrong secret", refused)
    check("azure-identity, WhoAmI", who_am_i)


def graph_checks(base, tenant, automation, automation_secret, target, target_secret):
    import msal
    from azure.identity.aio import ClientSecretCredential
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph.generated.applications.applications_request_builder import (
        ApplicationsRequestBuilder,
    )
    from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
        AddPasswordPostRequestBody,
    )
    from msgraph.generated.applications.item.remove_password import (
        remove_password_post_request_body as remove,
    )
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.password_credential import PasswordCredential

    host = base.split("://")[1]

    def accepted(secret):
        app = msal.ConfidentialClientApplication(
            target, client_credential=secret, authority=f"{base}/{tenant}",
            instance_discovery=False)
        return "access_token" in app.acquire_token_for_client([f"{base}/.default"])

    def graph(use, client=automation, secret=automation_secret):
        async def session():
            async with ClientSecretCredential(
                    tenant, client, secret, authority=base,
                    disable_instance_discovery=True) as credential:
                provider = AzureIdentityAuthenticationProvider(
                    credential, scopes=["https://graph.microsoft.com/.default"],
                    allowed_hosts=[host, host.split(":")[0]])
                adapter = GraphRequestAdapter(provider)
                adapter.base_url = f"{base}/v1.0"
                return await use(GraphServiceClient(request_adapter=adapter))
        return asyncio.run(session())

    Query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters

    async def list_all(client):
        query = Query(select=["id", "appId", "displayName", "passwordCredentials"], top=2)
        page = await client.applications.get(RequestConfiguration(query_parameters=query))
        names, pages = [a.display_name for a in page.value], 1
        while page.odata_next_link:
            page = await client.applications.with_url(page.odata_next_link).get()
            names += [a.display_name for a in page.value]
            pages += 1
        assert "Magentrix D365 OAuth 2" in names, names
        assert len(names) == len(set(names)) and pages == (len(names) + 1) // 2, (names, pages)
        return f"{len(names)} applications on {pages} pages"

    async def filter_by_app_id(client):
        query = Query(filter=f"appId eq '{target}'")
        page = await client.applications.get(RequestConfiguration(query_parameters=query))
        assert [a.app_id for a in page.value] == [target], page.value
        return page.value[0].id

    async def count(client):
        configuration = RequestConfiguration()
        configuration.headers.add("ConsistencyLevel", "eventual")
        return await client.applications.count.get(configuration)

    async def rotate(client):
        application = await client.applications_with_app_id(target).get()
        builder = client.applications.by_application_id(application.id)
        end = datetime.datetime(2028, 2, 29, 12, 0, 0, tzinfo=datetime.timezone.utc)
        made = await builder.add_password.post(AddPasswordPostRequestBody(
            password_credential=PasswordCredential(display_name="sdk", end_date_time=end)))
        assert made.end_date_time == end, made.end_date_time
        assert made.secret_text.startswith(made.hint) and len(made.secret_text) == 40, made
        assert accepted(made.secret_text) and accepted(target_secret)
        again = await builder.get()
        found = [p for p in again.password_credentials if p.key_id == made.key_id]
        assert len(found) == 1 and found[0].secret_text is None, found
        body = remove.RemovePasswordPostRequestBody(key_id=made.key_id)
        await builder.remove_password.post(body)
        assert not accepted(made.secret_text) and accepted(target_secret)
        try:
            await builder.remove_password.post(body)
        except ODataError as error:
            assert error.response_status_code == 400, error
            assert "No password credential found with keyId" in error.error.message, error
            return made.hint
        raise AssertionError("a secret was removed twice")

    async def default_lifetime(client):
        application = await client.applications_with_app_id(target).get()
        builder = client.applications.by_application_id(application.id)
        made = await builder.add_password.post(AddPasswordPostRequestBody())
        assert (made.end_date_time - made.start_date_time).days in (730, 731), made
        await builder.remove_password.post(
            remove.RemovePasswordPostRequestBody(key_id=made.key_id))
        return f"{(made.end_date_time - made.start_date_time).days} days"

    async def denied(client):
        try:
            await client.applications.get()
        except ODataError as error:
            assert error.response_status_code == 403, error
            assert error.error.code == "Authorization_RequestDenied", error
            assert error.error.inner_error.request_id, error
            return error.error.code
        raise AssertionError("an application without a role may read")

    check("msgraph-sdk, list with paging", lambda: graph(list_all))
    check("msgraph-sdk, filter by appId", lambda: graph(filter_by_app_id))
    check("msgraph-sdk, count", lambda: graph(count))
    check("msgraph-sdk, add, use and remove a password", lambda: graph(rotate))
    check("msgraph-sdk, two years where no end is given", lambda: graph(default_lifetime))
    check("msgraph-sdk, no privileges", lambda: graph(denied, target, target_secret))


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(sys.argv[1], folder)
        try:
            # requests reads the first, ssl (and with it httpx and aiohttp) the second
            os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = sandbox["ca file"]
            base, tenant = sandbox["base url"], sandbox["tenant id"]
            client, secret = sandbox["client id"], sandbox.read("secret file")
            msal_checks(base, tenant, client, secret)
            azure_identity_checks(base, tenant, client, secret)
            graph_checks(base, tenant, sandbox["automation client id"],
                         sandbox.read("automation secret file"), client, secret)
        finally:
            status = sandbox.stop()

    def stopped():
        assert status == 0, status
        return status

    check("exit status of the sandbox", stopped)
    print(f"{len(failed)} wrong" if failed else "all right")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
