//! What is read of routes and of overrides.

use super::*;

#[test]
fn a_tree_of_routes_is_read_with_all_it_can_say() {
    let (config, problems) = load(
        r#"
timezone: Asia/Tokyo
receivers: { ops: { console: }, team: { console: }, desk: { console: } }
routes:
  - match: { account_owner: [team] }
    mention: { critical: channel, warning: here }
    to: [team]
    routes:
      - { event: { detail: { state: [failed] } }, to: [ops], continue: true, mention: none }
      - { match: { kind: [text] }, drop: "known\n  noise from https://hooks.slack.com/services/CANARY" }
      - during: { days: [mon-fri], from: "09:00", until: "18:00" }
        routes:
          - { min_severity: warning, to: [desk] }
  - { match: { account_name: [sandbox] }, drop: true }
  - routes: [{ drop: false, match: { kind: [text] }, to: [desk] }, { to: [ops] }]
"#,
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(problems, []);
    let routes: Vec<_> = crate::route::all(&config.routes).into_iter().map(|(path, route)| (path, route.leads_to())).collect();
    let routes: Vec<_> = routes.iter().map(|(path, to)| (path.as_str(), to.as_str())).collect();
    let noise = "drop: known noise from https://hooks.slack.com/…";
    assert_eq!(
        routes,
        [
            ("0", "to team"),
            ("0.0", "to ops"),
            ("0.1", noise),
            ("0.2", "to "),
            ("0.2.0", "to desk"),
            ("1", "drop"),
            ("2", "to "),
            ("2.0", "to desk"),
            ("2.1", "to ops"),
        ]
    );
    let team = &config.routes[0];
    let called = [Severity::Critical, Severity::Notice].map(|severity| team.mention.as_ref().unwrap().of(severity));
    assert_eq!(called, [Mention::Channel, Mention::None]);
    assert!(team.routes[0].event.is_some() && team.routes[0].go_on && team.routes[2].during.is_some());
}

#[test]
fn what_is_wrong_with_routes_is_told_with_its_place() {
    let problems = load(
        r#"
receivers: { ops: { console: }, log: { console: } }
routes:
  - { event: { detail: failed }, to: [ops], routes: [] }
  - to: [ops]
    mention: { critcal: here, warning: all }
    during: { days: [mon, funday], from: "9:00" }
  - { to: [ops], during: {} }
  - { to: [ops], drop: "noise", match: { kind: [text] } }
  - { drop: true, continue: true, match: { kind: [text] } }
  - { drop: " ", match: { kind: [text] } }
  - { drop: [noise], match: { kind: [text] } }
  - match: { kind: [alarm] }
    routes:
      - { to: [lgo] }
      - { to: [ops], match: { kind: [text] } }
      - { drop: true, routes: [{ to: [ops], match: { kind: [x], severty: x } }, just text] }
  - routes: [{ match: { kind: [text] }, to: [ops] }]
"#,
    )
    .map(|_| ())
    .unwrap_err();
    let expected = [
        "4:7: error: routes[0].event: detail: must be a list or an object, not a string",
        "4:45: error: routes[0].routes: must be a list with at least one route",
        "6:5: error: routes[1].mention: there is no severity `critcal`; did you mean `critical`?",
        "7:15: error: routes[1].during.days: `funday` is no day such as mon, and no days such as mon-fri",
        "7:36: error: routes[1].during.from: `9:00` is no time of the day such as \"09:00\"",
        "8:18: error: routes[2].during: must say `days`, `from` or `until`",
        "9:18: error: routes[3].drop: nobody gets what is dropped: leave out `to`",
        "10:19: error: routes[4].continue: what is dropped goes no further",
        "11:7: error: routes[5].drop: must be true, or say why it is dropped",
        "12:7: error: routes[6].drop: must be true, or a text that says why it is dropped",
        "15:16: error: routes[7].routes[0].to[0]: there is no receiver `lgo`; did you mean `log`?",
        "16:9: error: routes[7].routes[1]: is never reached: the route before it matches everything",
        "17:45: error: routes[7].routes[2].routes[0].match: severty: must be a list",
        "17:81: error: routes[7].routes[2].routes[1]: must be a mapping",
        "18:5: error: routes[8]: the last route must lead somewhere whatever comes",
    ];
    for expected in expected {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "missing {expected:?} in {problems:#?}");
    }
    // What is broken is told once, and nothing that would follow from it.
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");

    let deep = (0..9).fold("{ to: [ops] }".to_owned(), |routes, _| format!("{{ routes: [{routes}] }}"));
    let problems = load(&format!("receivers: {{ ops: {{ console: }} }}\nroutes: [{deep}]")).map(|_| ()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.ends_with("stands more than 8 routes deep")), "{problems:#?}");
}

#[test]
fn overrides_are_of_kinds_that_there_are() {
    let problems = load(
        "receivers: { ops: { console: } }\noverrides:\n  certificat: critical\n  budget.forcast: notice\n  alarm: hot\n  \
         certificate.issued: warning\n  health.: info\n  cost: notice\n",
    )
    .map(|_| ())
    .unwrap_err();
    let expected = [
        "3:3: error: overrides.certificat: there is no kind `certificat`; did you mean `certificate`?",
        "4:3: error: overrides.budget.forcast: there is no kind `budget.forcast`; did you mean `budget.forecast`?",
        "5:3: error: overrides.alarm: `hot` is none of `info`, `notice`, `warning`, `critical`",
        "6:3: error: overrides.certificate.issued: is good news, whose severity stays",
        "7:3: error: overrides.health.: there is no kind `health.`; did you mean `health`?",
    ];
    assert_eq!(problems, expected);
    let problems = load("receivers: { ops: { console: } }\noverrides: [alarm]\n").map(|_| ()).unwrap_err();
    assert_eq!(problems, ["2:1: error: overrides: must be a mapping, not a list"]);
}
