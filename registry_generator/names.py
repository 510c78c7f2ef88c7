"""Names to draw from: invented people with names that are common in Québec, and the spellings that trip software up.

Only single names are listed; no pair of them is taken from anybody.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Community:
    """The given and family names that people of one background bear."""

    girls: tuple[str, ...]
    boys: tuple[str, ...]
    families: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in text.split())


FRENCH = Community(
    girls=_words(
        """Zoé Léa Éloïse Florence Jade Maëlle Anaïs Océane Noémie Béatrice Charlotte Rosalie Juliette Camille Alice Émilie
        Maïka Ophélie Clémence Mégane Raphaëlle Sarah-Jeanne Marie-Ève Anne-Sophie Laurie-Anne Maude Coralie Élodie Romane
        Victoria Delphine Flavie Mathilde Rose-Hélène Édith Joëlle Laurence Simone Agathe Lou Mia Livia Éva Élizabeth"""
    ),
    boys=_words(
        """Félix Émile Loïc Jérémie Maël Noé Léo William Thomas Nathan Étienne Benoît Cédric Jean-Philippe Charles-Étienne
        Zachary Olivier Xavier Mathéo Édouard Raphaël Théo Arthur Henri Louis Jacob Hugo Samuel Antoine Gabriel Ludovic
        Marc-Antoine Pierre-Luc François Rémi Aurélien Gaël Joël Ulysse Victor Elliot Tristan Dérek Mathis Nolan"""
    ),
    families=_words(
        """Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque Bergeron
        Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe Leclerc Lefebvre
        Poulin Thibault St-Pierre Saint-Pierre Nadeau Martel Landry Martin Bédard Grenier Lessard Hébert Desjardins Couture
        Turcotte Lachance Parent Blais Gosselin Savard Proulx Beaudoin Demers Perreault Boudreau Harvey Cyr Therrien
        Deschênes Bérubé Théberge Crête Forêt Pépin Goulet Malenfant Rioux Dionne Michaud Plourde Thériault Lepage Bernier
        Ste-Marie St-Onge Brûlé Châteauneuf Lacroix Després Rhéaume Maltais Bossé Guérette Huard Québec"""
    ),
)
ENGLISH = Community(
    girls=_words(
        "Emily Olivia Hannah Grace Abigail Chloe Zoë Mary-Kate Siobhan Fiona Ruby Lily Paige Isla Maeve Kayleigh Brooke Erin"
    ),
    boys=_words(
        "Liam Noah Jack Owen Ethan Connor Ryan Declan Angus Duncan Tyler Cole Wyatt Sean Ian Graham Seán Jean-Luc"
    ),
    families=_words(
        """Smith Brown MacDonald McKenzie O'Neil O'Connor Campbell Stewart Murphy Kelly Fraser Wilson Taylor Clarke Ross
        Lloyd-Jones Fitzgerald Mc_Kay Sutherland Whyte Blackwood Greene D'Arcy Van_Horne Reid Hodgson Beaton Cameron"""
    ),
)
CREE = Community(
    girls=_words(
        "Emily Maggie Wâpan Pîsim Nâtâsha Kaitlyn Daisy Sîpî Juliana Mîkwan Charlotte Ashley Nipîy Louise Mary-Jane Wâpikun"
    ),
    boys=_words(
        "Joshua Kinew Thomas Mâhîkan Jimmy Wâbun George Nâpêw Isaiah Charlie Mâskwa Robbie Josiah Elijah Nîpin Stanley"
    ),
    families=_words(
        """Mianscum Neeposh Coonishish Blacksmith Bosum Gull Awashish Shecapio Petawabano Matoush Cheezo Moses Rabbitskin
        Iserhoff Snowboy Pachano Sam Ottereyes Happyjack Wapachee Kitchen Longchap Shecapio-Blacksmith Gull-Awashish"""
    ),
)
INUIT = Community(
    girls=_words(
        "Siasi Alasie Elisapi Lizzie Minnie Annie Aputi Mary-Ann Lucasia Qiallak Siqiniq Niviaq Sarah Ulaayu Pasha Lali"
    ),
    boys=_words(
        "Putulik Qumaq Johnny Jobie Adamie Tamusi Nutaraq Juanasi Lukasi Davidee Charlie Noah Paulusie Aqiggiq Tiivi Sakiasi"
    ),
    families=_words(
        """Annanack Tukkiapik Saviadjuk Qumaluk Nungak Inukpuk Kasudluak Iqaluk Angutinguaq Tulugak Qinuajuak Aupaluk
        Uqaittuq Niviaxie Ilimasaut Kaukai Putugu Naluiyuk Weetaluktuk Qaqutuk Annanack-Tulugak"""
    ),
)
NEWCOMERS = Community(
    girls=_words(
        """Fatima-Zahra Yasmine Inès Nour Aïcha Linh Mai Thảo Xiǎolì Guadalupe María_José Sofía Ana Beatriz Wideline Fabiola
        Ngozi Chiamaka Olena Zofia Ayşe İpek Priya Harpreet Mei-Ling Sun-Hee Ya Bintou N'Deye Maïmouna Rania Leïla"""
    ),
    boys=_words(
        """Mohamed-Amine Youssef Rayan Karim Minh Đức Wei Jian José_Luis Ángel Íñigo João Jean-Wilner Djimy Chinedu Kwame
        Oleksandr Łukasz Mehmet Çağlar Arjun Gurpreet Jun-Ho Bo Ousmane M'Baye Cheikh Ilyès Abdoul-Karim Søren Jürgen"""
    ),
    families=_words(
        """Benali El_Amrani Ben_Youssef Haddad Ould-Ahmed Nguyễn Nguyen Trần Phạm Đặng Li Wang Zhang García Peña
        Rodríguez_Núñez de_la_Cruz Gonçalves Da_Silva Jean-Baptiste Saint-Louis Charles Okafor Mensah Kovalenko Shevchuk Kowalczyk
        Łoś Yılmaz Çelik Şahin Singh Kaur Patel Kim Diallo N'Diaye N'Guessan Traoré M'Bemba Al-Khatib Müller Bjørnsen"""
    ),
)

# The spellings that each registry of some size must hold, whoever bears them.
TWO_LETTER_FAMILIES = _words("Ly Vu Oh Wu Xu Lê Hô Li Ng Yé")
TWO_LETTER_GIRLS = _words("Jo Vy Mu Ya Éa Di")
TWO_LETTER_BOYS = _words("Bo Al Ed Ty Cy Jô")
APOSTROPHE_FAMILIES = _words("D'Amours L'Heureux L'Écuyer D'Astous L'Italien O'Bomsawin N'Diaye D'Aoust L'Espérance")
# As some schools' software writes it; a parent types the straight one.
CURLY_APOSTROPHE_FAMILIES = _words("D’Amours L’Heureux L’Écuyer D’Astous L’Italien")
SPACED_FAMILIES = _words(
    "De_la_Durantaye De_Grandpré Le_Blanc La_Haye De_l'Étoile Van_den_Berg Dos_Santos El_Khoury de_la_Sablonnière"
)
HYPHENATED_GIRLS = _words("Marie-Ève Anne-Frédérique Lili-Rose Mary-Ann Éva-Maude Léa-Maëlle")
HYPHENATED_BOYS = _words("Jean-Sébastien Louis-Félix Charles-Éloi Marc-André Pierre-Étienne Émile-Antoine")

COMMUNITIES = {"french": FRENCH, "english": ENGLISH, "cree": CREE, "inuit": INUIT, "newcomers": NEWCOMERS}
