extension HTMLReport {
  /// The page around everything; `timeline` and `rows` are markup that other templates have made.
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="{{policy}}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>{{headline}} · keyturn</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <a class="skip" href="#action">To what needs action</a>
    <header class="{{state}}">
    <p class="brand"><b>keyturn</b> client secrets</p>
    <h1>{{headline}}</h1>
    <p class="when">As of <time datetime="{{stamp}}">{{asOf}}</time>. {{night}}</p>
    <ul class="counts" aria-label="How many secrets are in which state">
    {{#counts}}
    <li class="{{severity}}{{#isNone}} none{{/isNone}}"><b>{{count}}</b> <span class="state {{severity}}">{{word}}</span></li>
    {{/counts}}
    </ul>
    <nav aria-label="Sections"><a href="#action">Action</a> <a href="#timeline">Timeline</a> <a href="#ahead">Ahead</a> <a href="#connections">Connections</a> {{#hasTenants}}<a href="#tenants">Tenants</a> {{/hasTenants}}<a href="#legend">Legend</a></nav>
    </header>
    <main>
    {{#actions}}
    <section id="action" aria-labelledby="action-title">
    <h2 id="action-title">What needs action now</h2>
    {{#isEmpty}}
    <p class="calm"><span class="state ok">in order</span> Nothing needs anybody now. {{next}}</p>
    {{/isEmpty}}
    <ol class="actions">
    {{#lines}}
    <li class="{{severity}}">
    <span class="state {{severity}}">{{word}}</span>
    <div class="what"><p>{{#subject}}<a href="#c{{row}}"><bdi>{{name}}</bdi></a>{{#tenant}} <span class="quiet">· <bdi>{{.}}</bdi> ·</span>{{/tenant}} {{/subject}}<bdi>{{message}}</bdi></p>
    <p class="remedy"><bdi>\(remedyParts)</bdi></p>{{#snooze}}<p class="quiet"><bdi>{{.}}</bdi></p>{{/snooze}}</div>
    {{#due}}<p class="due"><span class="quiet">{{verb}}</span> <time datetime="{{day}}">{{day}}</time> <span class="quiet">{{left}}</span></p>{{/due}}
    </li>
    {{/lines}}
    </ol>
    {{#hasMore}}<p class="quiet">And {{hidden}} more: the rows that are not in order stand first under <a href="#connections">Connections</a>.</p>{{/hasMore}}
    {{#hasMoreInTenants}}<p class="quiet">And {{hiddenInTenants}} more in <a href="#tenants">observed tenants</a>.</p>{{/hasMoreInTenants}}
    </section>
    {{/actions}}
    {{{timeline}}}
    {{#ahead}}
    <section id="ahead" aria-labelledby="ahead-title">
    <h2 id="ahead-title">Ahead, if nobody does anything</h2>
    {{#isEmpty}}<p class="quiet">Nothing is planned until {{until}}.</p>{{/isEmpty}}
    {{^isEmpty}}<p class="quiet">The next event of each connection. {{^isOne}}Until {{until}} there are {{count}} events in all: <code>keyturn plan</code> lists them.{{/isOne}}</p>{{/isEmpty}}
    <ol class="ahead">
    {{#lines}}
    <li><time datetime="{{day}}">{{day}}</time> <span class="quiet">{{left}}</span> <span class="state {{severity}}">{{word}}</span> <span><a href="#c{{row}}"><bdi>{{name}}</bdi></a> <bdi>{{what}}</bdi></span></li>
    {{/lines}}
    </ol>
    </section>
    {{/ahead}}
    <section id="connections" aria-labelledby="connections-title">
    <h2 id="connections-title">Connections</h2>
    <p class="quiet">A row opens to what is known of it and to its history. {{history}}</p>
    <table role="table"{{#isMany}} class="many"{{/isMany}} aria-labelledby="connections-title">
    <thead role="rowgroup"><tr role="row"><th role="columnheader">State<th role="columnheader">Connection<th role="columnheader">Ends<th role="columnheader">Left<th role="columnheader">Rotation<th role="columnheader">Next</tr></thead>
    <tbody role="rowgroup">
    {{{rows}}}
    </tbody>
    </table>
    </section>
    {{#tenants}}
    <section id="tenants" aria-labelledby="tenants-title">
    <h2 id="tenants-title">Observed tenants</h2>
    <p class="quiet">{{summary}} <code>keyturn apps --expiring {{span}}</code> lists those that end.</p>
    <ol class="ahead">
    {{#ends}}
    <li><time datetime="{{day}}">{{day}}</time> <span class="quiet">{{left}}</span> <span class="state {{severity}}">{{word}}</span> <span><b><bdi>{{name}}</bdi></b> <span class="quiet">· <bdi>{{tenant}}</bdi> · {{what}} ·</span> <code>{{id}}</code></span></li>
    {{/ends}}
    </ol>
    {{#hasMoreEnds}}<p class="quiet">And {{hiddenEnds}} more.</p>{{/hasMoreEnds}}
    <table role="table" class="tenants{{#isManyTenants}} many{{/isManyTenants}}" aria-labelledby="tenants-title">
    <thead role="rowgroup"><tr role="row"><th role="columnheader">State<th role="columnheader">Tenant<th role="columnheader">Next end<th role="columnheader">Apps<th role="columnheader">Ending<th role="columnheader">None left<th role="columnheader">Over 24 months<th role="columnheader">Over two<th role="columnheader">Read</tr></thead>
    <tbody role="rowgroup">
    {{#tenantRows}}
    <tr role=row class={{severity}}><td role=cell class="state {{severity}}">{{word}}<th role=rowheader>{{name}}{{#trouble}}<span>{{.}}</span>{{/trouble}}\
    <td role=cell title="Next end">{{nextEnd}}<td role=cell title=Apps>{{applications}}<td role=cell title=Ending>{{ending}}<td role=cell title="None left">{{ended}}\
    <td role=cell title="Over 24 months">{{long}}<td role=cell title="Over two">{{crowded}}<td role=cell title=Read>{{read}}
    {{/tenantRows}}
    </tbody>
    </table>
    {{#hasMoreTenants}}<p class="quiet">And {{hiddenTenants}} more: <code>keyturn status --all</code></p>{{/hasMoreTenants}}
    </section>
    {{/tenants}}
    <section id="legend" aria-labelledby="legend-title">
    <h2 id="legend-title">Legend</h2>
    <dl class="legend">
    <div><dt><span class="state critical">critical</span><dd>Ended, refused, or about to end: consumers stand still, or soon will.</div>
    <div><dt><span class="state unknown">not known</span><dd>Something could not be checked, or nothing is recorded.</div>
    <div><dt><span class="state warning">due</span><dd>The end comes near, or a hand-over or clean-up waits for somebody.</div>
    <div><dt><span class="state ok">in order</span><dd>Nothing to do.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="spent" d="M0 2h14v8H0z"/><path class="rest" d="M14 2h26v8H14z"/></svg><dd>A lifetime: what is over is pale, what is left is full.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="soon" d="M0 2h40v8H0z"/><path class="soon-lines" d="M3 10l6-8M13 10l6-8M23 10l6-8M33 10l6-8"/></svg><dd>From the first warning on; each tick is a threshold.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="late" d="M0 2h40v8H0z"/><path class="late-lines" d="M1 10l4-8M5 2l4 8M9 10l4-8M13 2l4 8M17 10l4-8M21 2l4 8M25 10l4-8M29 2l4 8M33 10l4-8"/></svg><dd>Critical, up to the end.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><circle class="mark self" cx="20" cy="6" r="4.5"/></svg><dd>keyturn makes or switches to a new secret by itself.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="mark retire" d="M15.5 1.5h9v9h-9z"/></svg><dd>The previous secret is retired.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="mark hand" d="M20 .5l5.5 5.5-5.5 5.5-5.5-5.5z"/></svg><dd>The last day of an open hand-over.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="previous" d="M0 4.5h40v3H0z"/></svg><dd>The previous secret, still valid.</div>
    <div><dt><svg class="key" viewBox="0 0 40 12" aria-hidden="true"><path class="pending" d="M1 3h38v6H1z"/></svg><dd>A secret that is being prepared, or a spare.</div>
    </dl>
    </section>
    </main>
    <footer><p>Days are in UTC. This file holds no secret value, runs no script and loads nothing.</p></footer>
    </body>
    </html>

    """

  /// A remedy: texts, the command in it, and addresses.
  private static let remedyParts =
    "{{#remedy}}{{text}}{{#command}}<code>{{.}}</code>{{/command}}"
    + "{{#link}}<a href=\"{{address}}\" rel=\"noreferrer\">{{host}}</a>{{/link}}{{/remedy}}"

  /// One connection: a row that opens.
  ///
  /// The roles are those that the elements have anyway; they stay when the style sheet makes a grid of
  /// the table. What HTML leaves optional is left out, since there may be thousands of rows: end tags,
  /// and the quotes of an attribute whose value is our own word. The style sheet isolates the texts, so
  /// that letters from right to left turn nothing else around.
  static let row = """
    <tr role=row id=c{{row}} class={{severity}}><td role=cell class="state {{severity}}">{{word}}<th role=rowheader>{{name}}<span>{{tenant}}</span>\
    <td role=cell>{{#end}}<time>{{.}}</time>{{/end}}{{^end}}–{{/end}}<td role=cell>{{#left}}{{.}}<svg viewBox="0 0 100 4" preserveAspectRatio=none aria-hidden=true><path d="M0 0h{{share}}v4H0z"/></svg>{{/left}}{{^left}}–{{/left}}\
    <td role=cell>{{#step}}{{.}}{{/step}}{{^step}}–{{/step}}<td role=cell>{{#nextDay}}<time>{{.}}</time> {{/nextDay}}{{next}}{{#snoozed}} <i>snoozed until {{.}}</i>{{/snoozed}}\
    <td role=cell><details><summary aria-label="{{name}}: details and history"></summary><div>\
    {{#findings}}<p><b class="state {{severity}}">{{word}}</b> {{message}}. <span class=quiet>\(remedyParts)</span>{{/findings}}\
    <dl>{{#facts}}<dt>{{term}}<dd>{{text}}{{/facts}}</dl>\
    <ol>{{#events}}<li><time>{{at}}</time> <b>{{action}}</b> <span>{{detail}}</span> <i>{{actor}}</i>{{/events}}</ol></div></details>

    """
}
