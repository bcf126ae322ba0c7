#!/usr/bin/env python3
"""Reads all applications with their secrets by msgraph-sdk, as its documentation shows, into SQLite.

usage: observe-msgraph.py BASE_URL TENANT CLIENT SECRET_FILE DATABASE

needs: pip install azure-identity msgraph-sdk aiohttp; SSL_CERT_FILE where the server's authority is a private one
"""
import asyncio
import datetime
import sqlite3
import sys

from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder

Query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters


async def read(base, tenant, client_id, secret, database):
    host = base.split("://")[1]
    async with ClientSecretCredential(
            tenant, client_id, secret, authority=base, disable_instance_discovery=True) as credential:
        provider = AzureIdentityAuthenticationProvider(
            credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=[host, host.split(":")[0]])
        adapter = GraphRequestAdapter(provider)
        adapter.base_url = f"{base}/v1.0"
        client = GraphServiceClient(request_adapter=adapter)
        query = Query(select=["id", "appId", "displayName", "passwordCredentials"], top=999)
        page = await client.applications.get(RequestConfiguration(query_parameters=query))
        while True:
            with database:
                database.executemany("INSERT INTO secret VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [
                    (application.id, application.app_id, application.display_name, str(secret.key_id),
                     secret.display_name, secret.hint, secret.start_date_time, secret.end_date_time)
                    for application in page.value for secret in application.password_credentials])
            if not page.odata_next_link:
                return
            page = await client.applications.with_url(page.odata_next_link).get()


def main():
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    base, tenant, client, secret_file, path = sys.argv[1:]
    with open(secret_file, encoding="utf-8") as file:
        secret = file.read().strip()
    database = sqlite3.connect(path)
    sqlite3.register_adapter(datetime.datetime, lambda moment: moment.isoformat())
    database.execute("CREATE TABLE secret (application TEXT, app_id TEXT, name TEXT, key_id TEXT, secret_name TEXT, "
                     "hint TEXT, starts_at TEXT, ends_at TEXT)")
    asyncio.run(read(base, tenant, client, secret, database))
    database.close()


if __name__ == "__main__":
    main()
