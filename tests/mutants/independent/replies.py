"""Faults in mails to and from single contacts."""

from ..edits import Edit
from .contact_scenarios import exercise_letters
from .fault import fault

_OPEN = "no source describes the operation"
_UNSAID = "no source says it"

MUTANTS = (
    fault(
        "replies.second_thread",
        "a second mail to a contact begins a second thread",
        exercise_letters,
        Edit("model/contacts.py", "find_lead(workspace, None, contact.email)", "None"),
        choice=_OPEN,
    ),
    fault(
        "replies.last_subject",
        "a thread has the subject of its last mail",
        exercise_letters,
        Edit("mails/threads.py", "thread.messages)\n    return ", "reversed(thread.messages))\n    return "),
    ),
    fault(
        "replies.re_re",
        "an answer to Re: has the subject Re: Re:",
        exercise_letters,
        Edit("mails/compose.py", 'subject if subject.casefold().startswith("re:") else f', "f"),
    ),
    fault(
        "replies.starred_false",
        "is_starred=false is ignored",
        exercise_letters,
        Edit(
            "mails/thread_list.py",
            "name = tuple(sorted(filters.",
            (
                "filters = {k: v for k, v in filters.items() if (k, v) != ('is_starred', "
                "False)}\n"
                "        name = tuple(sorted(filters."
            ),
        ),
    ),
    fault(
        "replies.search_subject",
        "a search for threads ignores subjects",
        exercise_letters,
        Edit("resources/replies.py", ", find_subject(workspace, thread))", ")"),
    ),
    fault(
        "replies.attachment_size",
        "the size of an attachment is that of its Base64",
        exercise_letters,
        Edit(
            "model/attachments.py",
            'size_bytes": _measure(attachment',
            'size_bytes": len(attachment["content_base64"]',
        ),
    ),
    fault(
        "replies.preview_100",
        "a preview has 100 characters",
        exercise_letters,
        Edit("mails/threads.py", "_PREVIEW_CHARACTERS = 200", "_PREVIEW_CHARACTERS = 100"),
        choice=_UNSAID,
    ),
    fault(
        "replies.credit_of_copy",
        "each copy of a mail costs a credit",
        exercise_letters,
        Edit(
            "model/direct_mails.py",
            'workspace.direct_mails.count("kind", "contact"',
            ('sum(1 + len(m.cc) + len(m.bcc) for m in workspace.direct_mails.where("kind", "contact")'),
        ),
        choice=_OPEN,
    ),
    fault(
        "replies.credit_of_reply",
        "a reply costs a credit",
        exercise_letters,
        Edit(
            "model/direct_mails.py",
            'workspace.direct_mails.count("kind", "contact"',
            (
                '(workspace.direct_mails.count("kind", "contact") + '
                'workspace.direct_mails.count("kind", "reply")'
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "replies.threads_by_start",
        "threads are sorted by their first mail",
        exercise_letters,
        Edit("mails/thread_list.py", "        thread.messages[-1].", "        thread.messages[0]."),
    ),
    fault(
        "replies.messages_total",
        "total_count of mails counts the page",
        exercise_letters,
        Edit(
            "resources/replies.py",
            'messages": messages, **pagination',
            'messages": messages, **pagination, "total_count": len(messages)',
        ),
    ),
    fault(
        "replies.one_page",
        "an empty list has one page",
        exercise_letters,
        Edit(
            "resources/paging.py",
            'total_pages": pagination.pop("pages"',
            'total_pages": max(1, pagination.pop("pages")',
        ),
        choice=_UNSAID,
    ),
)
