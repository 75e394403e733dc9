//! Which form a text must have where it stands, beyond what a payload would tell by itself.

use super::problems;

/// Holds that the problems are those, each with or without the notifications that have it.
fn assert_told(problems: &[String], expected: &[String]) {
    let is_same = |(problem, expected): (&String, &String)| problem.starts_with(expected.as_str());
    assert!(problems.len() == expected.len() && problems.iter().zip(expected).all(is_same), "{problems:#?} {expected:#?}");
}

/// An Adaptive Card with these elements in its body.
fn card(body: &str) -> String {
    format!(
        "{{\"type\":\"message\",\"attachments\":[{{\"contentType\":\"application/vnd.microsoft.card.adaptive\",\"content\":\n\
         {{\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[\n{body}]}}}}]}}"
    )
}

#[test]
fn a_card_reads_no_markdown_of_a_senders() {
    let runs = "[{\"type\":\"TextRun\",\"text\":\"{{plain mark}} \"}, {{headline}}, {{code kind}}]";
    for good in [
        format!("{{\"type\":\"RichTextBlock\",\"inlines\":{runs}}}"),
        "{\"type\":\"TextBlock\",\"text\":\"{{plain severity_word}} {{plain mark}} {{plain (len facts)}} {{plain notification.kind}} {{plain kind}} {{plain severity}} {{plain color}} {{plain todo}} {{plain says}} {{#if mention}}{{plain mention}}{{/if}} {{plain notification.status}} {{plain notification.severity}} {{plain @root.kind}}\"}".to_owned(),
        "{\"type\":\"FactSet\",\"facts\":[{\"title\":\"Severity\",\"value\":\"{{plain severity}}\"}]}".to_owned(),
        "{\"type\":\"Image\",\"url\":\"https://a.example/{{plain kind}}.png\",\"altText\":\"{{plain title}}\"}".to_owned(),
        "{\"type\":\"ActionSet\",\"actions\":[{{#each links}}{\"type\":\"Action.OpenUrl\",\"title\":\"{{plain label}}\",\"url\":\"{{url url}}\"}\
         {{#unless @last}},{{/unless}}{{/each}}]}"
            .to_owned(),
    ] {
        assert_eq!(problems("teams/text.hbs", &card(&good)), [""; 0], "{good}");
    }
    let markdown = |value: &str| {
        format!(
            "stands where Teams reads Markdown, of which a sender can make links; put it into a `RichTextBlock`: \
             `\"inlines\": [{{{{{value}}}}}]`"
        )
    };
    for (body, expected) in [
        (
            "{\"type\":\"TextBlock\",\"text\":\"{{plain mark}} {{plain title}}\"}",
            vec![format!("3:44: `{{{{plain title}}}}` {}", markdown("title"))],
        ),
        (
            "{\"type\":\"FactSet\",\"facts\":[{{#each facts}}{\"title\":\"{{plain label}}\",\"value\":\"{{plain value}}\"}{{#unless @last}},{{/unless}}{{/each}}]}",
            vec![
                format!("3:53: `{{{{plain label}}}}` {}", markdown("label")),
                format!("3:79: `{{{{plain value}}}}` {}", markdown("value")),
            ],
        ),
        (
            "{\"type\":\"TextBlock\",\"text\":\"{{url notification.source}}\"}",
            vec![format!("3:29: `{{{{url notification.source}}}}` {}", markdown("notification.source"))],
        ),
        (
            "{\"type\":\"TextBlock\",\"text\":\"{{title}}\"}",
            vec![
                "3:29: `{{title}}` stands inside a string and must be `{{plain title}}`, or stand without quotes in `inlines`"
                    .to_owned(),
            ],
        ),
        (
            "{\"type\":\"RichTextBlock\",\"inlines\":[{{plain title}}]}",
            vec!["3:36: `{{plain title}}` stands outside of a string; put it in quotes".to_owned()],
        ),
        ("{{headline}}", vec!["3:1: writes whole `TextRun`s, which stand only in the `inlines` of a `RichTextBlock`".to_owned()]),
        (
            "{\"type\":\"Image\",\"url\":\"{{plain title}}\"}",
            vec!["3:24: `{{plain title}}` begins an address and must be `{{url title}}`".to_owned()],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|problem| format!("teams/text.hbs:{problem}")).collect();
        assert_told(&problems("teams/text.hbs", &card(body)), &expected);
    }
}

#[test]
fn an_address_of_slacks_is_one() {
    let button = |url: &str| {
        format!(
            "{{\"blocks\":[{{\"type\":\"actions\",\"elements\":[{{{{#each links}}}}{{\"type\":\"button\",\"text\":{{\"type\":\"plain_text\",\"text\":\"{{{{plain label}}}}\"}},\n\"url\":\"{url}\"}}{{{{#unless @last}}}},{{{{/unless}}}}{{{{/each}}}}]}}]}}"
        )
    };
    let told = |url: &str| {
        let problems = problems("slack/text.hbs", &button(url));
        problems.into_iter().filter(|problem| !problem.contains("even at its shortest")).collect::<Vec<_>>()
    };
    for good in ["{{url url}}", "https://a.example/?to={{plain url}}", "https://a.example/"] {
        assert_eq!(told(good), [""; 0], "{good}");
    }
    for (url, expected) in [
        (
            "{{code url}}",
            "2:8: `{{code url}}` stands in an address and must be `{{url url}}`, or `{{plain url}}` as a part of one",
        ),
        ("{{plain url}}", "2:8: `{{plain url}}` begins an address and must be `{{url url}}`"),
    ] {
        assert_eq!(told(url), [format!("slack/text.hbs:{expected} (a full `text`)")], "{url}");
    }
}

#[test]
fn a_mail_has_each_text_in_the_form_of_its_place() {
    let mail = |text: &str, html: &str| format!("Subject: x\n\n{text}\n<!DOCTYPE html>\n{html}").replace("DOCTYPE", "doctype");
    for (text, html) in [
        ("{{plain title}} {{mark}} {{len facts}}", "<p>{{headline}} {{code title}} {{plain mark}}</p>"),
        ("x", "<a class=\"x\" href='{{#each links}}{{url url}}{{/each}}' title=\"{{title}} \">a < b</a>"),
        ("x", "<a href=\"https://wiki.example.com/?q={{title}}\">{{url title}}</a><br/>{{title}}"),
        ("x", "<a\n href = \"mailto:ops@example.com?subject={{title}}\">x</a>"),
        ("x", "<div style=\"color:{{color}}\"><!-- a --><style>p { color: {{color}} }</style>{{title}}</div>"),
        ("<a href={{plain title}}> 3 < 4", "<!-- > --><script>'<a href=\"'</script><p>{{title}}</p>"),
    ] {
        assert_eq!(problems("smtp/text.hbs", &mail(text, html)), [""; 0], "{text} {html}");
    }
    for (text, html, expected) in [
        ("{{title}}", "x", &["3:1: `{{title}}` stands in the text part and must be `{{plain title}}`"][..]),
        (
            "{{code title}} {{url title}}",
            "x",
            &[
                "3:1: `{{code title}}` stands in the text part and must be `{{plain title}}`",
                "3:16: `{{url title}}` stands in the text part and must be `{{plain title}}`",
            ],
        ),
        ("x", "<p>{{plain title}}</p>", &["5:4: `{{plain title}}` stands in HTML and must be `{{title}}`"]),
        ("x", "<a href=\"{{title}}\">", &["5:10: `{{title}}` stands in an address and must be `{{url title}}`"]),
        ("x", "<a href=\"https://{{title}}/\">", &["5:18: `{{title}}` stands in an address and must be `{{url title}}`"]),
        (
            "x",
            "<a href=\"https://a.example/{{plain title}}\">",
            &["5:28: `{{plain title}}` stands in an address and must be `{{title}}`"],
        ),
        (
            "x",
            "<a href={{url title}}>",
            &["5:9: `{{url title}}` stands in an attribute without quotes, which is no place for a text"],
        ),
        ("x", "<a title=a{{title}}>", &["5:11: `{{title}}` stands in an attribute without quotes, which is no place for a text"]),
        ("x", "<a title=\"{{plain title}}\">", &["5:11: `{{plain title}}` stands in an attribute and must be `{{title}}`"]),
        ("x", "<a title=\"{{headline}}\">", &["5:11: `{{headline}}` writes markup, which cannot stand in `title`"]),
        (
            "x",
            "<p style=\"{{title}}\" onclick='{{title}}'>",
            &[
                "5:11: `{{title}}` stands in `style`, which is no place for a text",
                "5:31: `{{title}}` stands in `onclick`, which is no place for a text",
            ],
        ),
        (
            "x",
            "<p {{title}}=\"x\"><{{title}}>",
            &[
                "5:4: `{{title}}` stands inside of an element's tag, which is no place for a text",
                "5:19: `{{title}}` stands inside of an element's tag, which is no place for a text",
            ],
        ),
        ("x", "<!-- {{title}} -->", &["5:6: `{{title}}` stands in a comment, which is no place for a text"]),
        (
            "x",
            "<STYLE type=\"a\">{{title}}</STYLE>{{title}}",
            &["5:17: `{{title}}` stands in `<style>`, which is no place for a text"],
        ),
        ("x", "<script>\"{{title}}\"</script>", &["5:10: `{{title}}` stands in `<script>`, which is no place for a text"]),
    ] {
        let expected: Vec<String> = expected.iter().map(|problem| format!("smtp/text.hbs:{problem}")).collect();
        assert_told(&problems("smtp/text.hbs", &mail(text, html)), &expected);
    }
}
