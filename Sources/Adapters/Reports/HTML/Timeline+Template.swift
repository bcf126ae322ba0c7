extension Timeline {
  /// The section: two drawings, of which one is shown, and every lifetime in words.
  ///
  /// Places are attributes of the drawing's own, since the policy forbids styles in attributes.
  static let template = """
    <section id="timeline" aria-labelledby="timeline-title">
    <h2 id="timeline-title">Timeline</h2>
    {{#hasMore}}<p class="quiet">The {{shown}} lifetimes with something ahead first; {{hidden}} more, which come later, are in the table.</p>{{/hasMore}}
    {{#pictures}}
    <svg class="timeline {{kind}}" viewBox="0 0 {{width}} {{height}}" role="img" aria-labelledby="timeline-{{kind}}-title timeline-{{kind}}-text">
    <title id="timeline-{{kind}}-title">{{title}}</title>
    <desc id="timeline-{{kind}}-text">{{description}}</desc>
    <defs><pattern id="soon-{{kind}}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(40)"><path class="soon" d="M0 0h6v6H0z"/><path class="soon-lines" d="M0 0v6"/></pattern>\
    <pattern id="late-{{kind}}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="late" d="M0 0h4v4H0z"/><path class="late-lines" d="M0 0v4M0 0h4"/></pattern></defs>
    {{#rows}}{{#isOdd}}<path class="band" d="M0 {{rowTop}}h{{width}}v{{rowHeight}}H0z"/>{{/isOdd}}{{/rows}}
    {{#months}}<path class="month{{#isYear}} year{{/isYear}}" d="M{{x}} {{top}}V{{foot}}"/>{{#label}}<text class="month" x="{{x}}" y="28" dx="3">{{.}}</text>{{/label}}
    {{/months}}
    <path class="today" d="M{{today}} {{top}}V{{foot}}"/>
    {{#rows}}
    <g class="{{severity}}"><title>{{title}}</title>\
    <path class="dot" d="M8 {{baseline}}{{shape}}"/><text class="name" x="18" y="{{baseline}}">{{name}}</text><text class="left" x="{{width}}" y="{{baseline}}" dx="-4">{{left}}</text>\
    {{#previous}}<rect class="previous" x="{{x}}" y="{{bottom}}" width="{{width}}" height="3"/>{{/previous}}\
    {{#pending}}<rect class="pending" x="{{x}}" y="{{top}}" width="{{width}}" height="10"/>{{/pending}}\
    {{#bars}}<rect class="{{class}}" x="{{x}}" y="{{y}}" width="{{width}}" height="10"{{#isHatched}} fill="url(#soon-{{kind}})"{{/isHatched}}{{#isCrossed}} fill="url(#late-{{kind}})"{{/isCrossed}}/>{{/bars}}\
    {{#ticks}}<path class="tick" d="M{{x}} {{top}}v-3"/>{{/ticks}}\
    {{#end}}<path class="end" d="M{{.}} {{top}}v10"/>{{/end}}\
    {{#marks}}{{#isSelf}}<circle class="mark self" cx="{{x}}" cy="{{middle}}" r="5"/>{{/isSelf}}{{#isRetire}}<path class="mark retire" d="M{{x}} {{middle}}m-5-5h10v10h-10z"/>{{/isRetire}}{{#isHand}}<path class="mark hand" d="M{{x}} {{middle}}m0-6l6 6-6 6-6-6z"/>{{/isHand}}{{/marks}}</g>
    {{/rows}}
    <text class="today" x="{{todayLabel}}" y="12">today</text>
    </svg>
    {{/pictures}}
    <details class="words"><summary>The timeline in words</summary><ul>
    {{#lines}}<li><bdi>{{text}}</bdi>
    {{/lines}}
    </ul></details>
    </section>
    """
}
