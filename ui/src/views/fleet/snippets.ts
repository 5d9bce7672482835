/** What each client is given to reach the gateway, as in docs/examples. The token comes from the environment. */

export const CLIENTS = ['http', 'process', 'langgraph', 'claude', 'openai'] as const;
export type Client = (typeof CLIENTS)[number];

const TEXTS: Record<Client, (url: string) => string> = {
  http: (url) => `{ "mcpServers": { "countersign": {
    "type": "http",
    "url": "${url}",
    "headers": { "Authorization":
      "Bearer \${COUNTERSIGN_TOKEN}" }
} } }`,
  process: (url) => `{ "mcpServers": { "countersign": {
    "command": "countersign-mcp",
    "args": ["--gateway",
      "${url}"],
    "env": { "COUNTERSIGN_TOKEN":
      "\${COUNTERSIGN_TOKEN}" }
} } }`,
  langgraph: (url) => `token = os.environ["COUNTERSIGN_TOKEN"]
client = MultiServerMCPClient({"countersign": {
    "transport": "http",
    "url": "${url}",
    "headers": {
        "Authorization": f"Bearer {token}"},
    "sse_read_timeout": 3600,
}})
tools = await client.get_tools()`,
  claude: (url) => `token = os.environ["COUNTERSIGN_TOKEN"]

async def gated(name, asked, _context):
    if name.startswith("mcp__countersign__"):
        return PermissionResultAllow(
            updated_input=asked)
    return PermissionResultDeny(
        message="This is past the gate.")

options = ClaudeAgentOptions(mcp_servers={
    "countersign": {
        "type": "http",
        "url": "${url}",
        "headers": {
            "Authorization": f"Bearer {token}"},
    }},
    can_use_tool=gated,
    env={"MCP_TOOL_TIMEOUT": "3600000"})`,
  openai: (url) => `token = os.environ["COUNTERSIGN_TOKEN"]
server = MCPServerStreamableHttp(
    {"url": "${url}",
     "headers": {
         "Authorization": f"Bearer {token}"},
     "timeout": 3600,
     "sse_read_timeout": 3600},
    name="countersign",
    client_session_timeout_seconds=3600)`,
};

export const snippet = (client: Client, url: string): string => TEXTS[client](url);
