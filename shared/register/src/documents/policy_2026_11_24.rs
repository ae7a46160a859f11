//! The first version of the privacy policy, as it was published. Only spaces are corrected.

use crate::documents::published::{Document, Section, Sentence, Version};
use jiff::civil::date;

pub(super) const VERSION: Version = Version {
    document: Document::Policy,
    id: "2026-11-24",
    effective_on: date(2026, 11, 24),
    summary: "",
    for_counsel: false,
    sections: &[
        Section {
            anchor: "collection",
            title: "Collection of Personal Information",
            sentences: &[
                Sentence::of(
                    "P01",
                    "We gather personally identifiable information to provide you with a seamless AI generation \
                     experience. This occurs when you:",
                ),
                Sentence::of(
                    "P01",
                    "Register/Login: We collect your name, email address, and profile picture via Google, Apple, or \
                     Facebook OAuth to create your workspace.",
                ),
                Sentence::of(
                    "P02",
                    "Direct Interaction: Information provided when you contact support@cinemaxsai.com.",
                ),
                Sentence::of(
                    "P03",
                    "Anonymity: You may browse our site anonymously, but creating AI content requires a registered \
                     account to manage your credits and history.",
                ),
            ],
        },
        Section {
            anchor: "generation",
            title: "Information Related to AI Generation (Specific to Cinemaxsai)",
            sentences: &[
                Sentence::of("P04", "To provide our AI services, we process:"),
                Sentence::of(
                    "P04",
                    "Prompts & Inputs: The text, images, or settings you provide to generate AI videos/images.",
                ),
                Sentence::of(
                    "P05",
                    "Generated Content: The resulting media files (videos/images) produced by our AI models.",
                ),
                Sentence::of(
                    "P06",
                    "Usage Logs: We track the number of generations and credits used to manage your subscription.",
                ),
            ],
        },
        Section {
            anchor: "cookies",
            title: "Non-Personal Information & Cookies",
            sentences: &[
                Sentence::of(
                    "P07",
                    "We automatically collect technical data such as browser type, device details, and operating \
                     system to optimize our web-based generation interface.",
                ),
                Sentence::of(
                    "P08",
                    "Cookies: Used to maintain your session and remember your preferences. You can disable these in \
                     your browser, but it may cause you to be logged out frequently or lose unsaved prompts.",
                ),
            ],
        },
        Section {
            anchor: "use",
            title: "How We Use Your Data",
            sentences: &[
                Sentence::of("P05", "We utilize collected data to:"),
                Sentence::of("P05", "Personalize Your Gallery: Store and display your past AI generations."),
                Sentence::of(
                    "P09",
                    "Improve AI Models: Analyze prompt patterns (anonymously) to improve generation quality.",
                ),
                Sentence::of(
                    "P10",
                    "Security & Fraud Prevention: Record IP addresses and login times to prevent account abuse and \
                     fraudulent payments, in accordance with Art. 6 (1)(f) GDPR.",
                ),
                Sentence::of("P11", "Communication: Send updates regarding your subscription or new AI features."),
            ],
        },
        Section {
            anchor: "third-parties",
            title: "Third-Party Services & AI Processing",
            sentences: &[
                Sentence::of(
                    "P12",
                    "To deliver high-performance AI generation, we collaborate with specialized partners:",
                ),
                Sentence::of(
                    "P12",
                    "AI Infrastructure: We use third-party APIs to process your prompts and generate media. Your inputs \
                     are sent securely to these providers for real-time generation only.",
                ),
                Sentence::of(
                    "P13",
                    "Authentication: We use OAuth tokens from Google/Apple to verify your identity without storing your \
                     passwords.",
                ),
                Sentence::of(
                    "P14",
                    "Payment Processing: All transactions are handled by Stripe or PayPal. We do not store your credit \
                     card details.",
                ),
            ],
        },
        Section {
            anchor: "deletion",
            title: "Data Retention & Deletion",
            sentences: &[
                Sentence::of(
                    "P05",
                    "We retain your generated content as long as your account is active to allow you to download your \
                     work.",
                ),
                Sentence::of(
                    "P15",
                    "Account Deletion: You have the right to delete your account and all associated data at any time. \
                     To do so, please email support@cinemaxsai.com with the subject \"Delete Account\". We will process \
                     your request within 30 days.",
                ),
            ],
        },
        Section {
            anchor: "security",
            title: "Data Security",
            sentences: &[Sentence::of(
                "P16",
                "We employ industry-standard encryption and secure data handling procedures. Our systems comply \
                     with PCI standards for payments, and we use secure socket layer (SSL) technology to protect data \
                     transmission during the AI generation process.",
            )],
        },
        Section {
            anchor: "sharing",
            title: "Information Sharing",
            sentences: &[Sentence::of(
                "P17",
                "We do not sell or rent your personal data to third parties. We only share information with trusted \
                     vendors who are strictly required to keep your information confidential.",
            )],
        },
        Section {
            anchor: "advertising",
            title: "Advertising",
            sentences: &[Sentence::of(
                "P18",
                "We may display advertisements or use conversion tracking via external ad networks. These networks \
                     use cookies to provide relevant ads based on your interests.",
            )],
        },
        Section {
            anchor: "updates",
            title: "Privacy Policy Updates",
            sentences: &[Sentence::of(
                "P19",
                "Cinemaxsai may revise this policy periodically to reflect changes in AI regulations or our service \
                     features. Updates will be posted on our homepage. Your continued use of the platform implies \
                     acceptance of the revised policy.",
            )],
        },
        Section {
            anchor: "contact",
            title: "Contact Information",
            sentences: &[Sentence::of(
                "P20",
                "If you have questions regarding this Privacy Policy or your data, please contact: Cinemaxsai \
                     Support Email: support@cinemaxsai.com",
            )],
        },
    ],
};
