/** A tool server as it is typed: what is proposed is what stands there, and what was tried is old with the next key. */
import { describe, expect, it } from 'vitest';
import type { ServerTried } from '../src/generated/wire';
import { HostProblem, type Host } from '../src/host/host';
import { ServerDraft } from '../src/state/server-draft.svelte';

const said: ServerTried = {
  good: true,
  told: 'It answers.',
  calls_itself: 'hotel 1',
  protocol: '2025-11-25',
  tools: [],
};

function program(): ServerDraft {
  const draft = new ServerDraft(() => ['crm']);
  [draft.name, draft.command, draft.words] = ['hotel', '/usr/bin/hotel', '--for\n the "desk" \n'];
  return draft;
}

describe('a tool server as it is typed', () => {
  it('passes arguments on as they stand, and tells what is secret from what is read', () => {
    const draft = program();
    draft.another();
    draft.another();
    draft.variables[0] = { name: ' LANG', value: ' C ', secret: false };
    draft.variables[1] = { name: 'KEY', value: 'k', secret: true };
    expect(draft.wrong).toBeNull();
    expect(draft.server).toEqual({
      name: 'hotel',
      reach: {
        by: 'program',
        command: '/usr/bin/hotel',
        arguments: ['--for', ' the "desk" '],
        environment: { LANG: ' C ' },
      },
      secrets: [{ name: 'KEY', value: 'k' }],
    });
    draft.drop(0);
    expect(draft.server.reach).not.toHaveProperty('environment.LANG');
  });

  it('says what the station would refuse beside the field that it is about', () => {
    const wrong = (edit: (draft: ServerDraft) => void) => {
      const draft = program();
      edit(draft);
      return draft.wrong;
    };
    expect(wrong((draft) => (draft.name = 'a.b'))).toBe('name');
    expect(wrong((draft) => (draft.name = 'crm'))).toBe('taken');
    expect(wrong((draft) => (draft.command = 'hotel'))).toBe('command');
    expect(wrong((draft) => (draft.folder = 'books'))).toBe('folder');
    expect(wrong((draft) => (draft.variables = [{ name: 'K', value: '', secret: true }]))).toBe('variable');
    const twice = { name: 'K', value: 'x', secret: false };
    expect(wrong((draft) => (draft.variables = [twice, { ...twice }]))).toBe('variable');
    const at = (url: string) => wrong((draft) => ([draft.by, draft.url] = ['address', url]));
    for (const url of [
      'https://tools.example.com/mcp',
      'http://127.0.0.1:1/mcp',
      'http://localhost',
      'http://[::1]:2/',
    ])
      expect(at(url)).toBeNull();
    for (const url of [
      '',
      'http://tools.example.com',
      'http://127.0.0.1.example.com/',
      'http://localhost.example.com/',
    ])
      expect(at(url)).toBe('url');
  });

  it('shows no token where none is wanted, and forgets what was tried with the next key', async () => {
    const draft = program();
    [draft.by, draft.url] = ['address', ' https://tools.example.com/mcp '];
    expect(draft.server.secrets).toEqual([]);
    [draft.header, draft.token] = ['X-Api-Key', ' t '];
    expect(draft.server).toEqual({
      name: 'hotel',
      reach: { by: 'address', url: 'https://tools.example.com/mcp' },
      secrets: [{ name: 'x-api-key', value: 't' }],
    });
    const host = { query: () => Promise.resolve(said) } as unknown as Host;
    await draft.try(host);
    expect(draft.shown).toEqual(said);
    draft.token = 'u';
    expect(draft.shown).toBeNull();
    const away = new HostProblem({ code: 'unavailable', message: 'The station is away.', field: null });
    await draft.try({ query: () => Promise.reject(away) } as unknown as Host);
    expect(draft.shown).toMatchObject({ good: false, told: 'The station is away.' });
  });
});
